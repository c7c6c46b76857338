"""What changed between two data cuts: from headline results down to the records that caused each change."""
