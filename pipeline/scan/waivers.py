"""Read and apply policies/waivers.toml, the accepted findings. A waiver that no longer matches is a problem."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from config import Environment
from pipeline.scan.model import Finding, ScanResult, Waived, Waiver

REASON_LENGTH = 20
_FIELDS = {"check": str, "address": str, "environments": list, "reason": str, "owner": str, "expires": date}
_OPTIONAL = {"only_if": str}
_CHOICES = {"kind": ("decision", "scanner defect", "AWS limit", "cost"), "mode": ("json", "plan")}


def read_waivers(path: Path) -> tuple[list[Waiver], list[str]]:
    """The well-formed waivers of a file, and a problem for each other one. A missing file holds no waiver."""
    if not path.exists():
        return [], []
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return [], [f"{path.name} can't be read: {error}"]
    problems = [f"{path.name}: unknown key {key!r}; only [[waiver]] is accepted" for key in entries if key != "waiver"]
    waivers: list[Waiver] = []
    tables = entries.get("waiver", [])
    for number, table in enumerate(tables if isinstance(tables, list) else [tables], start=1):
        wrong = list(_malformed(table))
        if wrong:
            problems += [f"{path.name}, waiver {number}: {text}" for text in wrong]
        else:
            waivers.append(Waiver(**(table | {"environments": tuple(table["environments"])})))
    return waivers, problems


def waivers_in_force(waivers: Iterable[Waiver], env: Environment) -> tuple[list[Waiver], list[str]]:
    """Waivers whose `only_if` holds for an environment, and a problem for each condition that names no setting."""
    left, problems = [], []
    for waiver in waivers:
        try:
            if _holds(waiver.only_if, env):
                left.append(waiver)
        except AttributeError:
            problems.append(f"waiver {waiver.check} {waiver.address}: only_if {waiver.only_if!r} names no setting")
    return left, problems


def _holds(condition: str, env: Environment) -> bool:
    return not condition or all(_true(each, env) for each in condition.split(" and "))


def _true(condition: str, env: Environment) -> bool:
    setting, equals, wanted = condition.removeprefix("not ").partition(" = ")
    value: Any = env
    for part in setting.split("."):
        value = getattr(value, part)
    holds = str(value) == wanted if equals else bool(value)
    return holds is not condition.startswith("not ")


def apply_waivers(
    waivers: list[Waiver], scan: ScanResult, *, env: str, environments: Iterable[str], today: date, mode: str = "json"
) -> tuple[list[Finding], list[Waived], list[str]]:
    """Findings left, findings waived, and the problems of the waivers.

    A waiver without a finding is stale only in the scan of its own mode; `mode` is this scan's.
    """
    known_environments = {env, *environments}
    problems: list[str] = []
    occurring = {(finding.check, finding.address): finding for finding in scan.findings}
    waived: dict[tuple[str, str], Waived] = {}
    seen: set[tuple[str, str, str]] = set()
    for waiver in waivers:
        where = f"waiver {waiver.check} {waiver.address}"
        problems += [f"{where}: {text}" for text in _invalid(waiver, scan.known_checks, known_environments, today)]
        for environment in waiver.environments:
            if (waiver.check, waiver.address, environment) in seen:
                problems.append(f"{where}: given twice for {environment}; keep one")
            seen.add((waiver.check, waiver.address, environment))
        if env not in waiver.environments:
            continue
        finding = occurring.get((waiver.check, waiver.address))
        if finding:
            if waiver.expires >= today:
                waived[(waiver.check, waiver.address)] = Waived(finding, waiver)
        elif waiver.mode != mode:
            continue
        elif not _exists(waiver.address, scan):
            problems.append(f"{where}: {env} has no such resource; correct the address or remove the waiver")
        else:
            problems.append(f"{where}: the finding no longer occurs in {env}; remove the waiver")
    left = [finding for key, finding in occurring.items() if key not in waived]
    return left, list(waived.values()), problems


def _exists(address: str, scan: ScanResult) -> bool:
    return address in scan.resources or any(finding.address == address for finding in scan.findings)


def _malformed(table: Any) -> Iterable[str]:
    if not isinstance(table, dict):
        yield "must be a [[waiver]] table"
        return
    for key, kind in _FIELDS.items():
        if key not in table:
            yield f"{key} is missing"
        elif type(table[key]) is not kind or (isinstance(table[key], str) and not table[key].strip()):
            yield f"{key} must be a non-empty {kind.__name__}, got {table[key]!r}"
    for key in table:
        if key not in {*_FIELDS, *_OPTIONAL, *_CHOICES}:
            yield f"unknown key {key!r}; accepted: {', '.join([*_FIELDS, *_OPTIONAL, *_CHOICES])}"
    for key, kind in _OPTIONAL.items():
        if type(table.get(key, "")) is not kind:
            yield f"{key} must be a {kind.__name__}, got {table[key]!r}"
    for key, choices in _CHOICES.items():
        if table.get(key, choices[0]) not in choices:
            yield f"{key} {table[key]!r} is not one of {', '.join(choices)}"
    environments = table.get("environments")
    if isinstance(environments, list) and not (environments and all(isinstance(each, str) for each in environments)):
        yield "environments must name at least one environment"


def _invalid(waiver: Waiver, checks: frozenset[str], environments: set[str], today: date) -> Iterable[str]:
    if waiver.check not in checks:
        yield "no such check; see `sitechat scan --json` for the ids in use"
    layer, slash, resource = waiver.address.partition("/")
    if not (layer and slash and "." in resource) or "*" in waiver.address:
        yield 'address must be one exact "layer/type.name"'
    for environment in waiver.environments:
        if environment not in environments:
            yield f"unknown environment {environment!r}; known: {', '.join(sorted(environments))}"
    if len(waiver.reason.strip()) < REASON_LENGTH:
        yield f"the reason must say why in at least {REASON_LENGTH} characters"
    if waiver.expires < today:
        yield f"expired on {waiver.expires.isoformat()}; fix the finding or renew the decision"
