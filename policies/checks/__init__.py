"""Our own rules, one a file, for what checkov lacks or gets wrong. Those about two connected resources are YAML."""
