"""The interchangeable parts, a folder for each family and one table that finds them by name."""
