"""The command line: words in, one line of help out for every mistake."""
