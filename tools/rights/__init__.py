"""What the provider asked of AWS, for which resource type: recorded in policies/rights/requests.toml."""
