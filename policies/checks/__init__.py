"""Rules for what checkov has none for or gets wrong: one a file, loaded by path."""
