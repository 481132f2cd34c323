"""Secrets in plain sight, anywhere in a layer: known kinds of tokens and keys, and values under names of secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from config.secret_text import Kind, kinds_of_secrets, names_a_secret
from policies.vouched.strings import decoded
from terraform_json.blocks import Config

if TYPE_CHECKING:
    from config import Environment

_TO_DO = "keep the value in Secrets Manager and pass its ARN"


def plain_secrets(layers: Mapping[str, Config], env: Environment) -> Iterator[str]:
    """Secrets by layer and place; a message never holds the value."""
    texts, keys = set[str](), set[str]()
    for config in layers.values():
        _gather(config, "", texts, keys)
    kinds = kinds_of_secrets("\0".join(texts))
    names = {key for key in keys if names_a_secret(key)}
    if kinds or names:
        for layer, config in layers.items():
            yield from (f"{layer}/{line}; {_TO_DO}" for line in _places(config, "", "", kinds, names))


def _gather(value: Any, key: str, texts: set[str], keys: set[str]) -> None:
    """Add every text below a value, keys and JSON in strings included, and each key of a plain text."""
    if isinstance(value, str):
        texts.add(value)
        if _plain(value):
            keys.add(key)
        if (inside := decoded(value)) is not None:
            _gather(inside, key, texts, keys)
    elif isinstance(value, Mapping):
        texts.update(value)
        for name, item in value.items():
            _gather(item, name, texts, keys)
        if isinstance(value.get("name"), str) and _plain(value.get("value")):
            keys.add(value["name"])
    elif isinstance(value, list):
        for item in value:
            _gather(item, key, texts, keys)


def _plain(value: Any) -> bool:
    """Whether a value is a text of its own: no reference, and no path into an event."""
    return isinstance(value, str) and value != "" and "${" not in value and not value.startswith("$.")


def _places(value: Any, path: str, key: str, kinds: tuple[Kind, ...], names: set[str]) -> Iterator[str]:
    """Where secrets of these kinds, or plain values of these names, stand."""
    if isinstance(value, str):
        if found := next((kind.name for kind in kinds if kind.held_by(value)), None):
            yield f"{path} holds {found}"
        elif key in names and _plain(value):
            yield f"{path} is named like a secret and holds a plain value"
        elif (inside := decoded(value)) is not None:
            yield from _places(inside, path, key, kinds, names)
    elif isinstance(value, Mapping):
        if value.get("name") in names and _plain(value.get("value")):
            yield f"{path}.{value['name']} is named like a secret and holds a plain value"
        for name, item in value.items():
            secret = next((kind.name for kind in kinds if kind.held_by(name)), None)
            if secret:
                yield f"{path} has a key that holds {secret}"
            here = f"{path}.{'***' if secret else name}" if path else str(name)
            yield from _places(item, here, name, kinds, names)
    elif isinstance(value, list):
        for item in value:
            yield from _places(item, path, key, kinds, names)
