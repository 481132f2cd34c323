"""Fuzzer of recovery: a deployment, one seeded fault, and then only what the output says to type."""
