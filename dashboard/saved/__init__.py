"""Saved views: a view with a name, an owner and a short address, and what is said when its numbers are no longer the same."""
