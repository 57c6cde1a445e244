"""The run folder: its files, how they are read, and what assigns new rows."""
