"""Lambda functions: what all of ours have in common, and the schedules that call them."""
