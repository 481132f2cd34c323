"""What one changed setting moves in AWS, told from two configurations without a plan: `python -m tools.moves`."""
