"""Diagnose the AWS account: conditions that would otherwise fail in the middle of an apply. One subject per file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from pipeline.doctor.account import (
    delegation,
    logs,
    models,
    network,
    offers,
    quotas,
    release,
    roles,
    singletons,
    state,
)
from pipeline.doctor.account.asking import Account, UnansweredError
from pipeline.doctor.finding import Diagnosis
from pipeline.session import Session

Probe = Callable[[Account], Iterable[Diagnosis]]
# Run in parallel; a request takes AWS a fraction of a second, and gives up after two tries of 20 seconds.
PROBES: dict[str, Probe] = {
    "state": state.examine,
    "service-linked roles": roles.examine,
    "existing VPC": network.examine,
    "zones and instances": offers.examine,
    "quotas": quotas.examine,
    "models": models.examine,
    "log policies": logs.examine,
    "account-wide services": singletons.examine,
    "delegation": delegation.examine,
    "release": release.examine,
}
# Subjects that only real AWS has: the emulated one needs no such roles, and has no quotas, offers or delegations.
REAL_ONLY = ("service-linked roles", "zones and instances", "quotas", "models", "delegation")
# Subjects without which a deployed site doesn't answer.
BEFORE_IT_ANSWERS = ("models", "delegation", "release")


def diagnose_account(session: Session) -> list[Diagnosis]:
    """Diagnose every subject, in the order of `PROBES`. One without an answer of AWS is yellow, with the reason."""
    return _look(session, PROBES)


def find_missing_prerequisites(session: Session) -> list[Diagnosis]:
    """Findings about what the site still needs before it answers: image, secrets, DNS delegation, models."""
    return [each for each in _look(session, BEFORE_IT_ANSWERS) if each.light != "green"]


def _look(session: Session, names: Iterable[str]) -> list[Diagnosis]:
    account = Account(session)
    asked = [name for name in names if not (session.env.emulated and name in REAL_ONLY)]
    with ThreadPoolExecutor(len(asked)) as pool:
        return [finding for each in pool.map(partial(_one, account), asked) for finding in each]


def _one(account: Account, name: str) -> list[Diagnosis]:
    found: list[Diagnosis] = []
    try:
        found.extend(PROBES[name](account))
    except UnansweredError as reason:
        found.append(Diagnosis(name, "yellow", f"could not be looked at: {reason}", reason.fix))
    return found
