"""Diagnose the AWS account: conditions that would otherwise fail in the middle of an apply. One subject per file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

from pipeline.doctor.account import (
    authorities,
    cost_tags,
    counts,
    delegation,
    internet,
    logs,
    mails,
    model_quotas,
    models,
    network,
    offers,
    quotas,
    regions,
    release,
    rights,
    roles,
    settings,
    singletons,
    site_name,
    spans,
    state,
    subnets,
    taken,
    zones,
)
from pipeline.doctor.account.asking import Account, Probe, ask_each
from pipeline.doctor.finding import Diagnosis
from pipeline.recovery.unapplied import Unapplied
from pipeline.session import Session

# Run in parallel; a request takes AWS a fraction of a second, and gives up after two tries of 20 seconds.
PROBES: dict[str, Probe] = {
    "state": state.examine,
    "regions": regions.examine,
    "service-linked roles": roles.examine,
    "existing VPC": network.examine,
    "subnets": subnets.examine,
    "VPC Block Public Access": internet.examine,
    "zones": zones.examine,
    "offers": offers.examine,
    "quotas": quotas.examine,
    "counts": counts.examine,
    "settings": settings.examine,
    "models": models.examine,
    "model quotas": model_quotas.examine,
    "log policies": logs.examine,
    "account-wide services": singletons.examine,
    "spans": spans.examine,
    "names": taken.examine,
    "site name": site_name.examine,
    "delegation": delegation.examine,
    "certificate authority": authorities.examine,
    "release": release.examine,
    "mails": mails.examine,
    "cost tags": cost_tags.examine,
    "rights": rights.examine,
}
# Subjects that only real AWS has: the emulated one needs no such roles, has no quotas, offers, settings or delegations,
# and starts empty.
REAL_ONLY = (
    "regions",
    "service-linked roles",
    "subnets",
    "VPC Block Public Access",
    "zones",
    "offers",
    "quotas",
    "counts",
    "cost tags",
    "settings",
    "models",
    "model quotas",
    "account-wide services",
    "names",
    "site name",
    "delegation",
    "certificate authority",
    "mails",
    "rights",
)
# Subjects without which a deployed site doesn't answer.
BEFORE_IT_ANSWERS = ("models", "delegation", "release")


def diagnose_account(session: Session, find_unapplied: Callable[[Session], Unapplied]) -> list[Diagnosis]:
    """Diagnose every subject, in the order of `PROBES`. One without an answer of AWS is yellow, with the reason.

    `find_unapplied` tells what the next apply would create; it is called once, unless the account is emulated.
    """
    return _look(Account(session, find_unapplied), PROBES)


def find_missing_prerequisites(session: Session) -> list[Diagnosis]:
    """Findings about what the site still needs before it answers: image, secrets, DNS delegation, models."""
    return [each for each in _look(Account(session), BEFORE_IT_ANSWERS) if each.light != "green"]


def _look(account: Account, names: Iterable[str]) -> list[Diagnosis]:
    asked = [name for name in names if not (account.env.emulated and name in REAL_ONLY)]
    with ThreadPoolExecutor(len(asked)) as pool:
        return list(chain.from_iterable(pool.map(lambda name: list(ask_each(account, {name: PROBES[name]})), asked)))
