"""Mutation test of the scan gate: each security attribute is flipped in a copy, which a rule has to refuse by name."""
