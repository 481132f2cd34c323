"""Compliant and non-compliant resources for every rule of our own, one module a field."""
