"""Density: spanning trees, radii, and the validity index DBCV."""
