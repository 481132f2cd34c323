"""Signed conversation ids: they tie the turns of one conversation together in the logs and can't be made up."""

from __future__ import annotations

import hashlib
import hmac
import secrets


def new_conversation_id(key: bytes) -> str:
    """A random id followed by its signature."""
    name = secrets.token_hex(8)
    return f"{name}.{_signature(key, name)}"


def conversation_name(key: bytes, conversation_id: str) -> str | None:
    """The id without its signature, for the log; None when it wasn't signed with `key`."""
    name, _, signature = conversation_id.partition(".")
    genuine = hmac.compare_digest(signature.encode(), _signature(key, name).encode())
    return name if genuine else None


def _signature(key: bytes, name: str) -> str:
    return hmac.new(key, name.encode(), hashlib.sha256).hexdigest()[:32]
