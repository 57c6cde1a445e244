"""What is known of texts: words for people, tokens, and the frames that many texts share."""
