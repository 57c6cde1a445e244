"""What the report, the plots and the explorer share: colours, points, curves, pages."""
