"""Which rows of two runs belong together."""
