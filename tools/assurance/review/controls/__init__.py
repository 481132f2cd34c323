"""The rows of the review, one framework a module."""
