"""What is odd in a snapshot: flags (never changes), the calendar of planned visits, and the records in each window (section 9)."""
