"""Rules for what checkov has none for or gets wrong: one a file. Those about two resources are YAML."""
