"""Words for people: counts in sentences, and text made harmless."""
