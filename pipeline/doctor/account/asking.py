"""Read-only requests to the AWS account, from several threads, bounded in time, with a message for missing answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from pipeline.aws import NoAnswer, asked, asked_for
from pipeline.session import Session

if TYPE_CHECKING:
    from config import Environment


class UnansweredError(Exception):
    """AWS gave no answer; `fix` says what to do about it."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


@dataclass(frozen=True)
class Account:
    """An account used by several threads: boto3 clients may be shared, but are created one at a time."""

    session: Session
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def env(self) -> Environment:
        """The environment in this account."""
        return self.session.env

    def client(self, service: str) -> Any:
        """boto3 client of a service in the environment's region."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self.session.client(service)
            return self._clients[service]

    def ask(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """Answer of an operation. Raises UnansweredError when AWS gives none."""
        return dict(asked(getattr(self.client(service), operation), otherwise=unanswered, **arguments))

    def find(self, service: str, operation: str, *absent: str, **arguments: Any) -> dict[str, Any] | None:
        """Answer of an operation, or None for the error codes `absent`, which mean that the thing doesn't exist."""
        question = getattr(self.client(service), operation)
        found = asked_for(question, absent=absent, otherwise=unanswered, **arguments)
        return None if found is None else dict(found)

    def all(self, service: str, operation: str, key: str, **arguments: Any) -> list[Any]:
        """Items of the list under `key`, from every page of the answer."""
        pages = self.client(service).get_paginator(operation)
        answers = asked(lambda: list(pages.paginate(**arguments)), otherwise=unanswered)
        return [item for answer in answers for item in answer.get(key, ())]


def unanswered(reason: NoAnswer) -> UnansweredError:
    """The error for a missing answer; where a permission is missing, `fix` names it."""
    if not reason.refused:
        return UnansweredError(f"{reason.kind}: {reason.text}")
    denied = "Denied" in reason.code or "Unauthorized" in reason.code
    fix = f"Allow this role to call {reason.operation}." if denied else ""
    return UnansweredError(f"{reason.operation} answers {reason.code}", fix)
