"""Requests that have to succeed, and whether the synthesised policies let them."""
