"""Versions of the search index: loading them, checking them, and moving the alias."""
