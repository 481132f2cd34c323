"""Calls to AWS with its errors converted to ours: `asked`, and `asked_for` for a thing that may not exist."""

from __future__ import annotations

from pipeline.aws.asking import NoAnswer, asked, asked_for, failed_to
from pipeline.aws.client import make_client
from pipeline.aws.credentials import find_account
from pipeline.aws.states import read_lock, read_state

__all__ = ["NoAnswer", "asked", "asked_for", "failed_to", "find_account", "make_client", "read_lock", "read_state"]
