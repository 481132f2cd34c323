"""Readers of Terraform's JSON: configuration, plan and state. Knows nothing of this project."""
