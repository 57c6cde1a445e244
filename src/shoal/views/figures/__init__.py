"""Shared by the report, the plots and the explorer: colors, points, curves, pages."""
