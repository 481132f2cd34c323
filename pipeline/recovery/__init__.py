"""What cut-off runs left behind, and how to clear it."""
