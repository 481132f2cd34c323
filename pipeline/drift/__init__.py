"""Differences between AWS and what the last apply left."""
