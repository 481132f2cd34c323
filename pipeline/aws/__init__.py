"""Questions to AWS, with its errors turned into ours: `asked` first, `asked_for` where a thing may be absent."""

from __future__ import annotations

from pipeline.aws.asking import NoAnswer, asked, asked_for, failed_to
from pipeline.aws.client import make_client

__all__ = ["NoAnswer", "asked", "asked_for", "failed_to", "make_client"]
