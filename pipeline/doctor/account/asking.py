"""The account, asked side by side: read-only questions, bounded in time, with words where AWS doesn't answer."""

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
    """An account that is asked by several threads: clients are made one at a time and shared (boto3's rule)."""

    session: Session
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def env(self) -> Environment:
        """Environment whose account this is."""
        return self.session.env

    def client(self, service: str) -> Any:
        """Client of the environment's region."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self.session.client(service)
            return self._clients[service]

    def ask(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """Answer of an operation. Raises UnansweredError where there is none."""
        return dict(asked(getattr(self.client(service), operation), otherwise=unanswered, **arguments))

    def find(self, service: str, operation: str, *absent: str, **arguments: Any) -> dict[str, Any] | None:
        """Answer, or None where AWS says with one of the codes `absent` that there is no such thing."""
        question = getattr(self.client(service), operation)
        found = asked_for(question, absent=absent, otherwise=unanswered, **arguments)
        return None if found is None else dict(found)

    def all(self, service: str, operation: str, key: str, **arguments: Any) -> list[Any]:
        """Every page of an answer that is a list under `key`."""
        pages = self.client(service).get_paginator(operation)
        answers = asked(lambda: list(pages.paginate(**arguments)), otherwise=unanswered)
        return [item for answer in answers for item in answer.get(key, ())]


def unanswered(reason: NoAnswer) -> UnansweredError:
    """What the doctor says instead of an error, with the permission to add where that is missing."""
    if not reason.refused:
        return UnansweredError(f"{reason.kind}: {reason.text}")
    denied = "Denied" in reason.code or "Unauthorized" in reason.code
    fix = f"Allow this role to call {reason.operation}." if denied else ""
    return UnansweredError(f"{reason.operation} answers {reason.code}", fix)
