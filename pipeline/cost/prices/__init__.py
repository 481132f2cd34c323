"""Price tables, one file a region."""
