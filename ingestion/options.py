"""Settings of the functions that embed, keep the ledger and load, out of the JSON of the variable INGESTION."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ingestion.errors import SettingsError
from ingestion.settings import VARIABLE, read_variable

_SOURCE = re.compile(r"[a-z][a-z0-9-]{0,31}")
_INDEX = re.compile(r"[a-z0-9][a-z0-9._-]{0,200}")
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.:-]+")


@dataclass(frozen=True)
class GuardrailOptions:
    """The guardrail that looks at passages."""

    id: str
    version: str


@dataclass(frozen=True)
class EmbedOptions:
    """Settings of the embedding function; without `guardrail` passages aren't looked at."""

    bucket: str
    model_id: str
    guardrail: GuardrailOptions | None


@dataclass(frozen=True)
class LedgerOptions:
    """Settings of the ledger's function.

    Args:
        sources: Names of all sources.
        tolerated_failures_percent: Share of a run's pages that may fail without failing the run.
        vanished_days: How long the ledger remembers a page that vanished, or whose source was removed.
        unseen_days: How long a page stays that isn't in the lists, none of which was complete.
        metrics_namespace: Namespace of the metrics that it writes into its log; empty for none.
    """

    bucket: str
    table: str
    model_id: str
    sources: tuple[str, ...]
    tolerated_failures_percent: int
    vanished_days: int
    unseen_days: int = 14
    metrics_namespace: str = ""


@dataclass(frozen=True)
class LoadOptions:
    """Settings of the loading function. `index` is the alias, `hosts` are those of all sources."""

    bucket: str
    endpoint: str
    index: str
    model_id: str
    hosts: frozenset[str]


def embed_options(environment: Mapping[str, str]) -> EmbedOptions:
    """Raises SettingsError."""
    read = _Options(read_variable(environment))
    guardrail = read.values.get("guardrail")
    if guardrail is not None and not isinstance(guardrail, dict):
        raise _wrong("guardrail", guardrail)
    found = None if guardrail is None else _Options(guardrail)
    return EmbedOptions(
        bucket=read.text("bucket"),
        model_id=read.text("model_id"),
        guardrail=GuardrailOptions(found.text("id"), found.text("version")) if found is not None else None,
    )


def ledger_options(environment: Mapping[str, str]) -> LedgerOptions:
    """Raises SettingsError."""
    read = _Options(read_variable(environment))
    return LedgerOptions(
        bucket=read.text("bucket"),
        table=read.text("table"),
        model_id=read.text("model_id"),
        sources=read.names("sources"),
        tolerated_failures_percent=read.number("tolerated_failures_percent", 0, 100, 10),
        vanished_days=read.number("vanished_days", 1, 3650, 30),
        unseen_days=read.number("unseen_days", 1, 3650, LedgerOptions.unseen_days),
        metrics_namespace=str(read.values.get("metrics_namespace", "")),
    )


def load_options(environment: Mapping[str, str]) -> LoadOptions:
    """Raises SettingsError."""
    read = _Options(read_variable(environment))
    return LoadOptions(
        bucket=read.text("bucket"),
        endpoint=read.text("endpoint", _ENDPOINT.fullmatch),
        index=read.text("index", _INDEX.fullmatch),
        model_id=read.text("model_id"),
        hosts=frozenset(read.texts("hosts")),
    )


class _Options:
    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def text(self, name: str, accepts: Callable[[str], object] = bool) -> str:
        value = self.values.get(name)
        if not isinstance(value, str) or not accepts(value):
            raise _wrong(name, value)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.values.get(name)
        if not isinstance(value, list) or not value or not all(isinstance(each, str) and each for each in value):
            raise _wrong(name, value)
        return tuple(value)

    def names(self, name: str) -> tuple[str, ...]:
        """Names of objects, such as the sources that the fetching function gets."""
        value = self.values.get(name)
        found = [str(each.get("name")) for each in value if isinstance(each, dict)] if isinstance(value, list) else []
        if not found or not all(_SOURCE.fullmatch(each) for each in found):
            raise _wrong(name, value)
        return tuple(found)

    def number(self, name: str, low: int, high: int, default: int) -> int:
        value = self.values.get(name, default)
        if type(value) is not int or not low <= value <= high:
            raise _wrong(name, value)
        return value


def _wrong(name: str, value: object) -> SettingsError:
    state = "is missing" if value is None else f"is {str(value)[:80]!r}, which isn't accepted"
    return SettingsError(f"{VARIABLE}.{name} {state} (deploy the layer workflows again)")
