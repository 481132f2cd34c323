"""Controls of the review, one framework a module."""
