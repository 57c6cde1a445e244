"""Partitions of rows: how they agree, match and change."""
