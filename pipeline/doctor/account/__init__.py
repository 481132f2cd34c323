"""The AWS account: what AWS itself reveals only in the middle of an apply. One subject a file."""

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
# Looked at side by side; a question takes AWS a fraction of a second, and gives up after two tries of 20.
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
# Real AWS alone has these: the emulated one needs no such roles, and has no quotas, offers or delegations.
REAL_ONLY = ("service-linked roles", "zones and instances", "quotas", "models", "delegation")
# What still lies between a deployment and an answering site.
BEFORE_IT_ANSWERS = ("models", "delegation", "release")


def examine_account(session: Session) -> list[Diagnosis]:
    """Look at everything in the account, in the order of `PROBES`. What can't be asked is yellow and says why."""
    return _look(session, PROBES)


def still_missing(session: Session) -> list[Diagnosis]:
    """What the site needs before it answers and has not got: an image, secrets, its name, its models."""
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
