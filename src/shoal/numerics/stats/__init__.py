"""Intervals, effects, periods, dispersion, and the knee of a curve."""
