"""Reusable constructs, by capability. A construct builds; it never reads configuration."""
