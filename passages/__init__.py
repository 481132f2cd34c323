"""Passages of pages, their vectors, and the index that holds both: shared by application and functions."""
