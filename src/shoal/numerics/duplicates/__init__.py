"""Rows that are the same, exactly or nearly."""
