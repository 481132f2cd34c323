"""IAM actions of API operations: usually of the same name; the exceptions stand in actions.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("actions.toml")


def actions_of(operation: str) -> tuple[str, ...]:
    """IAM actions that a caller of `service:Operation` needs; none for the few that everybody may call.

    Services are called as boto3 calls them.
    """
    table = _table()
    if operation in table["action"]:
        return tuple(str(table["action"][operation]).split())
    service, _, name = operation.partition(":")
    return (f"{table['prefix'].get(service, service)}:{name}",)


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))
