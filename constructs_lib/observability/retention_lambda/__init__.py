"""Code of the function that has spans deleted in time."""
