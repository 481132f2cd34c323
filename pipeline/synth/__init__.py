"""Synthesise an environment and read its layers."""
