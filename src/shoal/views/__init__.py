"""What people look at: the report, the explorer, plots and comparisons."""
