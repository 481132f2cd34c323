"""Price tables, one file per region."""
