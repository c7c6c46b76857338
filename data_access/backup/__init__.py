"""Backup and restore: a folder that holds the whole database, and says of every part of it whether it is whole."""
