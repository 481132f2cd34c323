"""One reviewed wave of changes: planned, written down with hashes, and applied only as it was written down."""
