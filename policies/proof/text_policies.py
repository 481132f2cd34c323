"""Reader of policies written as JSON text, in the shape of policy document data sources."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from terraform_json.blocks import Body, listed

_NAMES = {
    "Sid": "sid",
    "Effect": "effect",
    "Action": "actions",
    "Resource": "resources",
    "NotAction": "not_actions",
    "NotResource": "not_resources",
    "NotPrincipal": "not_principals",
}


def statements_of(text: str) -> list[Body] | None:
    """Statements of a policy as a policy document would hold them; None where the text is no policy."""
    try:
        policy = json.loads(text)
        return [_statement(each) for each in listed(policy["Statement"])]
    except (ValueError, TypeError, LookupError, AttributeError):
        return None


def _statement(stored: dict[str, Any]) -> Body:
    if unknown := stored.keys() - {*_NAMES, "Principal", "Condition"}:
        raise ValueError(f"{', '.join(sorted(unknown))}: no part of a statement")
    statement = {_NAMES[key]: value for key, value in stored.items() if key in _NAMES}
    return statement | {
        "principals": list(_principals(stored.get("Principal"))),
        "condition": list(_conditions(stored.get("Condition", {}))),
    }


def _principals(stored: Any) -> Iterator[Body]:
    for kind, identifiers in ({"AWS": "*"} if stored == "*" else stored or {}).items():
        yield {"type": kind, "identifiers": listed(identifiers)}


def _conditions(stored: dict[str, dict[str, Any]]) -> Iterator[Body]:
    for test, tests in stored.items():
        for variable, values in tests.items():
            # Policy documents hold strings only: true becomes "true".
            texts = [each if isinstance(each, str) else json.dumps(each) for each in listed(values)]
            yield {"test": test, "variable": variable, "values": texts}
