"""What is found out about a finished run: anomalies, duplicates, trials, edits."""
