"""Customer keys and secrets."""
