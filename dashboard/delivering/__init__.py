"""Delivering in the browser: files are received into a folder, read by a process of their own, and published in a second step."""
