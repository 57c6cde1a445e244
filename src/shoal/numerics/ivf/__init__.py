"""Approximate neighbors by inverted lists."""
