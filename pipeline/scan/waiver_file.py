"""Read policies/waivers.toml as a positive list: what isn't in the form of a waiver is a problem, wherever it holds."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.scan.conditions import ConditionError, named_settings, read_condition
from pipeline.scan.model import Waiver

ALL = "all"
LAYERS = (
    "certificates",
    "dns",
    "edge",
    "infrastructure",
    "llm",
    "monitoring",
    "security",
    "service",
    "workflows",
)
KINDS = ("decision", "cost", "AWS limit", "scanner defect")
SECRET = "CKV_SECRET_"
REASON_LENGTH = 20
REASON_WORDS = 4
_LARGEST = 1 << 20
_SHOWN = 120

_REQUIRED = {"check": str, "address": str, "reason": str, "owner": str, "expires": date}
_CHOICES = {
    "kind": KINDS,
    "mode": ("json", "plan"),
    "each": ("secrets.names",),
}
_KEYS = (*_REQUIRED, "environments", "not_in", "only_if", *_CHOICES)

_CHECK = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9]{1,11}", re.ASCII)
_ADDRESS = re.compile(r"([a-z]+)/(?:data\.)?aws_[a-z0-9_]+\.[A-Za-z_][A-Za-z0-9_-]*", re.ASCII)
_EACH_ADDRESS = re.compile(r"([a-z]+)/aws_[a-z0-9_]+:[a-z0-9_]*\{each\}[a-z0-9_]*(?:/[a-z0-9_]+)*", re.ASCII)
# A family of node types, such as T3 or m6g.
# How terms begin that no production should meet without a waiver under its own name (docs/deployment.md, section 2).
_FOR_TRYING = (
    "not bedrock.guardrail",
    "not dns.domain",
    "not edge.rate_limit_per_5_minutes <",
    "not protection",
    "not service.tls_to_task",
)
_NODE_TYPE = re.compile(r"\b(?:[tmcri]|or|im)\d[a-z]*\b", re.IGNORECASE | re.ASCII)


def read_waivers(path: Path) -> tuple[list[Waiver], list[str]]:
    """The well-formed waivers of a file, and a problem for each other one and for a file that can't be read."""
    try:
        entries = tomllib.loads(_content(path).decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        why = f"{error.strerror}" if isinstance(error, OSError) and error.strerror else str(error)
        return [], [f"{path.name} can't be read: {why}; restore it from version control"]
    problems = [
        f"{path.name}: unknown key {_shown(key)}; only [[waiver]] is accepted" for key in entries if key != "waiver"
    ]
    waivers: list[Waiver] = []
    tables = entries.get("waiver", [])
    if not isinstance(tables, list):
        problems.append(f"{path.name}: a waiver begins with [[waiver]], in two brackets: [waiver] is another form")
        tables = []
    for number, table in enumerate(tables, start=1):
        wrong = list(_malformed(table))
        problems += [f"{path.name}, waiver {number}{_of(table)}: {text}" for text in wrong]
        if not wrong:
            waivers.append(_waiver(table))
    return waivers, problems


def is_address(text: str) -> bool:
    """Whether a waiver can name this: one resource or data source of one layer."""
    found = _ADDRESS.fullmatch(text)
    return found is not None and found[1] in LAYERS


def exact_address(waiver: Waiver, name: str) -> str:
    """The address that a waiver with `each` has for one name: CDKTF's name of the construct at its path."""
    place, _, path = waiver.address.partition(":")
    parts = path.replace("{each}", name.replace("-", "_")).split("/")
    digest = hashlib.md5("/".join(parts).encode(), usedforsecurity=False).hexdigest()[:8].upper()
    return f"{place}.{'_'.join([*parts, digest])}"


def _content(path: Path) -> bytes:
    """The bytes of a plain file. Anything else is refused before it is read: a pipe would never end."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("it is no plain file")
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError(f"it is larger than {_LARGEST // 1024} KiB")
    return content


def _waiver(table: dict[str, Any]) -> Waiver:
    named = table["environments"]
    lists = {"environments": () if named == ALL else tuple(named), "not_in": tuple(table.get("not_in", ()))}
    return Waiver(**(table | lists))


def _malformed(table: Any) -> Iterator[str]:
    """What is wrong with one waiver: keys and types first, and what they say only where these are right."""
    if not isinstance(table, dict):
        yield "must be a [[waiver]] table"
        return
    wrong = [*_keys(table), *_environments(table)]
    yield from wrong
    if not wrong:
        yield from _place(table)
        yield from _reason(table["reason"], table.get("only_if", ""))
        yield from _condition(table.get("only_if", ""))
        yield from _production(table)


def _production(table: dict[str, Any]) -> Iterator[str]:
    """Choices for trying things alone: a waiver of every environment isn't production's, which takes one by name."""
    terms = table.get("only_if", "").split(" and ")
    if table["environments"] == ALL and "prod" not in table.get("not_in", ()):
        for term in terms:
            if term.startswith(_FOR_TRYING):
                yield f'"{term}" is for trying things alone: add not_in = ["prod"], or name the environments'


def _keys(table: dict[str, Any]) -> Iterator[str]:
    for key in table:
        if key not in _KEYS:
            yield f"unknown key {_shown(key)}; accepted: {', '.join(_KEYS)}"
    for key, kind in _REQUIRED.items():
        if key not in table:
            yield f"{key} is missing"
        elif type(table[key]) is not kind or (kind is str and not table[key].strip()):
            yield f"{key} must be a non-empty {kind.__name__}, got {_shown(table[key])}"
        elif kind is str and not table[key].isprintable():
            yield f"{key} must be one line without invisible characters, got {_shown(table[key])}"
    for key, choices in _CHOICES.items():
        if key in table and table[key] not in choices:
            yield f"{key} {_shown(table[key])} is not one of {', '.join(choices)}"
    condition = table.get("only_if", "none")
    if not isinstance(condition, str) or not condition:
        yield f"only_if must be a condition on settings, got {_shown(condition)}; leave it out where there is none"


def _environments(table: dict[str, Any]) -> Iterator[str]:
    named, left_out = table.get("environments"), table.get("not_in", [])
    if named is None:
        yield f'environments is missing: name them, or write "{ALL}"'
    elif named != ALL:
        yield from _names("environments", named)
        if "not_in" in table:
            yield f'not_in only goes with environments = "{ALL}"'
    if left_out != []:
        yield from _names("not_in", left_out)
    elif "not_in" in table:
        yield "not_in must name at least one environment; leave it out"


def _names(key: str, names: Any) -> Iterator[str]:
    if not isinstance(names, list):
        yield f"{key} must be a non-empty list of names, got {_shown(names)}"
        return
    if not names:
        yield f"{key} must name at least one environment"
    for name in names:
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            yield f"{key}: {_shown(name)} is no name of an environment"
        elif names.count(name) > 1:
            yield f"{key} names {name} twice"
            return


def _place(table: dict[str, Any]) -> Iterator[str]:
    if not _CHECK.fullmatch(table["check"]):
        yield f"check {_shown(table['check'])} is no id, such as CKV_AWS_338"
    pattern, form = _ADDRESS, "layer/type.name"
    if "each" in table:
        pattern, form = _EACH_ADDRESS, "layer/type:path/with_{each}"
    found = pattern.fullmatch(table["address"])
    if not found:
        yield f'address must be one exact "{form}", got {_shown(table["address"])}'
    elif found[1] not in LAYERS:
        yield f"address: there is no layer {_shown(found[1])}; layers: {', '.join(LAYERS)}"
    elif table.get("mode") == "plan" and "/data." in table["address"]:
        yield "address: the scan of a plan reads resources alone, no data"
    if table["check"].startswith(SECRET) and table.get("kind") != "scanner defect":
        yield 'a secret is taken out, not accepted; what is none takes kind = "scanner defect"'


def _reason(reason: str, condition: str) -> Iterator[str]:
    words = {word.lower() for word in re.findall(r"[^\W\d_]{2,}", reason)}
    if len(reason.strip()) < REASON_LENGTH or len(words) < REASON_WORDS:
        yield f"the reason must say why in at least {REASON_LENGTH} characters and {REASON_WORDS} different words"
    rests_on = named_settings(reason) | ({"search.instance_type"} if _NODE_TYPE.search(reason) else frozenset())
    for setting in sorted(rests_on - named_settings(condition)):
        yield f"the reason rests on {setting}, so only_if must name it"
    families = {word.lower() for word in _NODE_TYPE.findall(reason)} if "search.instance_type" in condition else set()
    for family in sorted(families):
        if f"search.instance_type = {family}." not in condition.replace("not search.instance_type", ""):
            yield f"the reason speaks of {family} nodes, so only_if must hold for those alone"


def _condition(condition: str) -> Iterator[str]:
    try:
        read_condition(condition)
    except ConditionError as error:
        yield f"only_if: {error}"


def _of(table: Any) -> str:
    """Which waiver it is, where it says so."""
    if not isinstance(table, dict):
        return ""
    named = [_shown(table[key]).strip("'") for key in ("check", "address") if isinstance(table.get(key), str)]
    return f" ({' '.join(named)})" if named else ""


def _shown(value: Any) -> str:
    """A value of the file on one line, in ASCII so that letters that only look alike show, and not too long."""
    text = ascii(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
