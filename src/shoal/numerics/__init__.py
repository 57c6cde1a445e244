"""Arithmetic on plain arrays: no types of shoal, no files, no models."""
