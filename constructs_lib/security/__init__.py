"""Customer keys, secrets and signed code."""
