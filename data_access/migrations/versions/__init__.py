"""Revisions, one file each, in one line."""
