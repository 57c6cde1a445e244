"""Views: the report, the explorer, plots and comparisons."""
