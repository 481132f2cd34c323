"""Check, without changing anything, the machine and the AWS account for what a deployment needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.doctor.finding import Diagnosis, Light
from pipeline.doctor.machine import DISK_GIB, MINIMUM_NODE, PYTHONS, diagnose_machine
from pipeline.errors import SitechatError, with_environment

if TYPE_CHECKING:
    from pipeline.recovery.unapplied import Unapplied
    from pipeline.session import Session

__all__ = ["DISK_GIB", "MINIMUM_NODE", "PYTHONS", "Diagnosis", "Light", "diagnose"]


def diagnose(env_ref: str, find_unapplied: Callable[[Session], Unapplied]) -> list[Diagnosis]:
    """Diagnose this machine and, where there are credentials, the account. Calls to AWS are bounded in time.

    `find_unapplied` synthesises the environment and compares it with its states: names are taken only by what the next
    apply would create. Commands of a fix carry the environment as it was given. Raises ConfigError for an unreadable
    configuration.
    """
    return [replace(each, fix=with_environment(each.fix, env_ref)) for each in _found(env_ref, find_unapplied)]


def _found(env_ref: str, find_unapplied: Callable[[Session], Unapplied]) -> list[Diagnosis]:
    from pipeline.session import load_environment, refuse_placeholder

    env = load_environment(env_ref)
    found = diagnose_machine()
    try:
        refuse_placeholder(env, env_ref)
    except SitechatError as error:
        return [*found, Diagnosis("account", "yellow", error.message, error.hint)]
    found.append(Diagnosis("account", "green", f"{env.name} is account {env.account_id}, {env.region}"))
    return [*found, *_account(env_ref, find_unapplied)]


def _account(env_ref: str, find_unapplied: Callable[[Session], Unapplied]) -> list[Diagnosis]:
    from pipeline.doctor.account import diagnose_account
    from pipeline.session import open_session

    try:
        session = open_session(env_ref, needs_terraform=False)
    except SitechatError as error:
        return [Diagnosis("credentials", "red", error.message, error.hint)]
    return diagnose_account(session, find_unapplied)
