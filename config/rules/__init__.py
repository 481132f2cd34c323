"""Rules over several fields or two environments, one subject a module. Limits of a single field are in the sections."""

from __future__ import annotations

from config.rules import (
    bedrock,
    contract,
    cost,
    deployment,
    ingestion,
    monitoring,
    names,
    network,
    search,
    security,
    serving,
)
from config.rules.base import FieldRule, PairRule

_FOUND = tuple(
    value
    for module in (
        names,
        network,
        serving,
        deployment,
        contract,
        search,
        bedrock,
        ingestion,
        security,
        cost,
        monitoring,
    )
    for value in vars(module).values()
)
FIELD_RULES: tuple[FieldRule, ...] = tuple(rule for rule in _FOUND if isinstance(rule, FieldRule))
PAIR_RULES: tuple[PairRule, ...] = tuple(rule for rule in _FOUND if isinstance(rule, PairRule))
