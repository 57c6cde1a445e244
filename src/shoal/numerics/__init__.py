"""Numerics on plain arrays: no shoal types, no files, no models."""
