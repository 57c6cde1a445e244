"""Analysis of a finished run: anomalies, duplicates, tuning, comparison, edits."""
