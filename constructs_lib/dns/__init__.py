"""Hosted zone and certificates."""
