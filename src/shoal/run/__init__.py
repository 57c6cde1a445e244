"""A run from the source to the finished folder, and the handle on it."""
