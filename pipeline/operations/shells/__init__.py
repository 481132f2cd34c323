"""Shells in tasks: see README.md."""
