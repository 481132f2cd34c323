"""Rules over several fields, one subject a module. Field limits stand in the sections."""

from __future__ import annotations

from config.rules import access, contract, names, network, search, security, serving
from config.rules.base import Rule

RULES: tuple[Rule, ...] = tuple(
    value
    for module in (names, network, serving, contract, search, access, security)
    for value in vars(module).values()
    if isinstance(value, Rule)
)
