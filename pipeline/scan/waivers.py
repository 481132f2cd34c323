"""Apply the accepted findings of policies/waivers.toml. A waiver that no longer matches is a problem."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from config import Environment
from pipeline.scan.conditions import holds, read_condition
from pipeline.scan.model import Finding, Mode, ScanResult, Waived, Waiver
from pipeline.scan.waiver_file import exact_address

LONGEST = timedelta(days=365)


def waivers_in_force(waivers: Iterable[Waiver], env: Environment) -> list[Waiver]:
    """Waivers that count in an environment, each with an exact address: named there, and with an `only_if` that holds.

    Raises ConditionError for an `only_if` that is none; those that `read_waivers` returns have been checked.
    """
    return list(_in_force(waivers, env))


def _in_force(waivers: Iterable[Waiver], env: Environment) -> Iterator[Waiver]:
    for waiver in waivers:
        if not waiver.covers(env.name) or not holds(waiver.only_if, env):
            continue
        if not waiver.each:
            yield waiver
            continue
        for name in env.secrets.names:
            yield replace(waiver, address=exact_address(waiver, name), each="")


def invalid_waivers(
    waivers: Iterable[Waiver], *, checks: frozenset[str], environments: Iterable[str], today: date
) -> list[str]:
    """Problems of waivers that don't depend on a scan, those of other environments, conditions and modes included."""
    known = frozenset(environments)
    problems: list[str] = []
    given: set[tuple[object, ...]] = set()
    for waiver in waivers:
        where = f"waiver {waiver.check} {waiver.address}"
        problems += [f"{where}: {text}" for text in _invalid(waiver, checks, known, today)]
        for environment in filter(waiver.covers, sorted(known)):
            key = (waiver.check, waiver.address, environment, frozenset(read_condition(waiver.only_if)))
            if key in given:
                problems.append(f"{where}: given twice for {environment}; keep one")
            given.add(key)
    return problems


def apply_waivers(
    waivers: Iterable[Waiver], scan: ScanResult, *, env: str, today: date, mode: Mode = "json"
) -> tuple[list[Finding], list[Waived], list[str]]:
    """Findings left, findings waived, and the problems of the waivers in force in `env`, by the findings of a scan.

    A plan shows what the JSON shows, and more: a waiver of the JSON's finding covers the plan's too, and one of mode
    "plan" covers a plan's alone. Only the scan of its own mode can tell that a waiver's finding is gone.
    """
    problems: list[str] = []
    occurring = {(finding.check, finding.address): finding for finding in scan.findings}
    waived: dict[tuple[str, str], Waived] = {}
    seen: set[tuple[str, str]] = set()
    for waiver in waivers:
        key = (waiver.check, waiver.address)
        where = f"waiver {waiver.check} {waiver.address}"
        if key in seen:
            problems.append(f"{where}: given twice for {env}; keep one")
        seen.add(key)
        if waiver.mode == "plan" and mode == "json":
            if not _exists(waiver.address, scan):
                problems.append(f"{where}: {env} has no such resource; correct the address or remove the waiver")
        elif key in occurring:
            if waiver.expires >= today:
                waived[key] = Waived(occurring[key], waiver)
        elif waiver.mode == mode:
            problems.append(f"{where}: {_gone(waiver, scan, env)}")
    left = [finding for key, finding in occurring.items() if key not in waived]
    return left, list(waived.values()), problems


def _gone(waiver: Waiver, scan: ScanResult, env: str) -> str:
    if not _exists(waiver.address, scan):
        return f"{env} has no such resource; correct the address or remove the waiver"
    return f"the finding no longer occurs in {env}; remove the waiver"


def _exists(address: str, scan: ScanResult) -> bool:
    return address in scan.resources or any(finding.address == address for finding in scan.findings)


def _invalid(waiver: Waiver, checks: frozenset[str], environments: frozenset[str], today: date) -> Iterator[str]:
    if waiver.check not in checks:
        yield "no such check; see `sitechat scan --json` for the ids in use"
    for environment in (*waiver.environments, *waiver.not_in):
        if environment not in environments:
            yield f"unknown environment {environment!r}; known: {', '.join(sorted(environments))}"
    if waiver.expires < today:
        yield f"expired on {waiver.expires.isoformat()}; fix the finding or renew the decision"
    elif waiver.expires - today > LONGEST:
        last = (today + LONGEST).isoformat()
        yield f"expires on {waiver.expires.isoformat()}, more than a year from today; name a day until {last}"
