"""Keep sensitive values out of everything that is shown.

A plan says which values are sensitive with a mask of the same shape as the value. Where mask and value disagree in
shape, the whole value is hidden: a report is published, so doubt means hiding.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

SENSITIVE = "(sensitive value)"
UNKNOWN = "(known after apply)"

# Secret by nature although the provider's schema does not mark all of them, or not in every resource.
_SECRET_KEYS = frozenset(
    {
        "access_key",
        "auth_token",
        "authorization",
        "certificate_private_key",
        "client_secret",
        "master_password",
        "master_user_password",
        "passphrase",
        "password",
        "private_key",
        "secret_access_key",
        "secret_binary",
        "secret_key",
        "secret_string",
        "secret_string_wo",
        "session_token",
    }
)
_SECRET_NAME = re.compile(r"pass(word|phrase)|secret|token|credential|api[-_]?key|private[-_]?key", re.IGNORECASE)
# Maps whose keys users choose, in task definitions and functions.
_VARIABLES = frozenset({"environment", "variables"})
# Shorter strings ("true", "on") would blank out half the report without protecting anything.
_SHORTEST_SECRET = 8


def hides(key: str, owner: Mapping[str, Any], inside: str) -> bool:
    """Whether `owner[key]` is hidden whatever the plan says; `inside` is the attribute that holds `owner`.

    Besides secret keys: a variable named like a secret, and any header that an origin or a listener compares.
    """
    if key.lower() in _SECRET_KEYS or (key == "values" and "http_header_name" in owner):
        return True
    if key == "value" and "name" in owner:
        return "header" in inside or bool(_SECRET_NAME.search(str(owner["name"])))
    return inside in _VARIABLES and bool(_SECRET_NAME.search(key))


def any_true(mask: Any) -> bool:
    """Whether a mask marks anything at all."""
    if isinstance(mask, Mapping):
        return any(any_true(item) for item in mask.values())
    if isinstance(mask, list):
        return any(any_true(item) for item in mask)
    return mask is True


def decoded(value: Any) -> Any:
    """Value inside a JSON string (policies, container definitions); any other value as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def mask_of(mask: Any, value: Any, key: str | int) -> Any:
    """Mask of one member of `value`; True (hide) when the mask does not fit the value's shape."""
    if mask is True:
        return True
    if isinstance(value, Mapping) and isinstance(mask, Mapping):
        return mask.get(str(key), False)
    if isinstance(value, list) and isinstance(mask, list) and isinstance(key, int):
        if len(mask) == len(value):
            return mask[key]
        return any_true(mask)
    return any_true(mask)


class Scrubber:
    """Hides known secrets wherever they turn up again, such as in a message or in another resource's text."""

    def __init__(self, plans: Iterable[Mapping[str, Any]]) -> None:
        found: set[str] = set()
        for plan in plans:
            for change in _changes(plan):
                for side in ("before", "after"):
                    found.update(_secrets(change.get(side), change.get(f"{side}_sensitive", False)))
        self._secrets = sorted(found, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, SENSITIVE)
        return text


def _changes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for kind in ("resource_changes", "resource_drift"):
        for resource in plan.get(kind) or ():
            yield resource.get("change") or {}


def _secrets(value: Any, mask: Any, inside: str = "") -> Iterator[str]:
    value = value if any_true(mask) else decoded(value)
    if isinstance(value, Mapping):
        for key, item in value.items():
            own = mask is True or (isinstance(item, str) and hides(str(key), value, inside))
            yield from _secrets(item, True if own else mask_of(mask, value, key), str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _secrets(item, mask_of(mask, value, index), inside)
    elif isinstance(value, str) and any_true(mask):
        if len(value) >= _SHORTEST_SECRET:
            yield value
        inner = decoded(value)
        if inner is not value:
            yield from _secrets(inner, True, inside)
