"""Questions to AWS: read-only, bounded in time, and answered in words where AWS doesn't answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

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
    def env(self) -> "Environment":
        return self.session.env

    def client(self, service: str) -> Any:
        """A client of the environment's region."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self.session.client(service)
            return self._clients[service]

    def ask(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """The answer. Raises UnansweredError where there is none."""
        return asked(getattr(self.client(service), operation), **arguments)

    def find(self, service: str, operation: str, *absent: str, **arguments: Any) -> dict[str, Any] | None:
        """The answer, or None where AWS says with one of the codes `absent` that there is no such thing."""
        try:
            return self.ask(service, operation, **arguments)
        except UnansweredError as reason:
            if getattr(reason.__cause__, "response", {}).get("Error", {}).get("Code") in absent:
                return None
            raise

    def all(self, service: str, operation: str, key: str, **arguments: Any) -> list[Any]:
        """Every page of an answer that is a list under `key`."""
        pages = self.client(service).get_paginator(operation)
        answers = asked(lambda: {"pages": list(pages.paginate(**arguments))})["pages"]
        return [item for answer in answers for item in answer.get(key, ())]


def asked(question: Callable[..., Any], **arguments: Any) -> dict[str, Any]:
    """The answer of a boto3 operation. Raises UnansweredError."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return dict(question(**arguments))
    except ClientError as error:
        code = error.response["Error"]["Code"]
        fix = f"Allow this role to call {error.operation_name}." if "Denied" in code or "Unauthorized" in code else ""
        raise UnansweredError(f"{error.operation_name} answers {code}", fix) from error
    except BotoCoreError as error:
        raise UnansweredError(f"{type(error).__name__}: {error}") from error
