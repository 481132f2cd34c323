"""Security attributes flipped one at a time in a copy of an environment, to see that a rule refuses each by name."""
