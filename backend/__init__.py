"""Bootstrap of remote state; see README.md."""
