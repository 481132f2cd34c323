"""Deploy, take down and bootstrap an environment."""
