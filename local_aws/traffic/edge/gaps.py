"""What the emulated CloudFront and WAF lack."""

from __future__ import annotations


class GapError(Exception):
    """A deployed setting that nothing here acts on; the visitor gets a 501 that names it."""
