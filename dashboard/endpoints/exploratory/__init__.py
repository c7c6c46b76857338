"""What the exploratory endpoints rest on: results that are no counts, and each participant's own history."""
