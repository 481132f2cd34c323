"""The two kinds of rules: on several fields of one environment, and on two environments of a project."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.environment import Environment

# Key of the value that is wrong, and what would be accepted.
Violation = tuple[str, str]


@dataclass(frozen=True)
class FieldRule:
    """A check over several fields. It isn't run when one of the fields it reads is wrong by itself."""

    keys: tuple[str, ...]
    check: Callable[[Environment], Iterator[Violation]]


@dataclass(frozen=True)
class PairRule:
    """A check over two environments: what exists once per account, region or world has one owner.

    Violations name keys of the first environment. It isn't run when the second can't be loaded.
    """

    check: Callable[[Environment, Environment], Iterator[Violation]]


def reads_fields(*keys: str) -> Callable[[Callable[[Environment], Iterator[Violation]]], FieldRule]:
    """Turn a generator of violations into a rule; `keys` are dotted paths, or a whole section."""
    return lambda check: FieldRule(keys, check)


def share_account(env: Environment, other: Environment) -> bool:
    """Whether both are in one account. Two placeholders for an account don't count as the same account."""
    return env.account_id == other.account_id and not env.account_is_placeholder and env.emulated == other.emulated


def share_region(env: Environment, other: Environment) -> bool:
    """Whether both are in one region of one account."""
    return share_account(env, other) and env.region == other.region
