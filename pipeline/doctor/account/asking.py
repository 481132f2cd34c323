"""Read-only requests to the AWS account, from several threads, bounded in time, with a message for missing answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from pipeline.aws import NoAnswer, asked, asked_for
from pipeline.doctor.finding import Diagnosis
from pipeline.errors import SitechatError
from pipeline.recovery.unapplied import Unapplied
from pipeline.session import Session

if TYPE_CHECKING:
    from config import Environment


# Words in AWS's refusal (IAM user guide, "Access denied error messages") -> who forbids, and what to do about it.
_FORBIDDEN_BY = {
    "service control policy": "A service control policy of the organization forbids it: ask whoever keeps it.",
    "resource control policy": "A resource control policy of the organization forbids it: ask whoever keeps it.",
    "permissions boundary": "The permissions boundary of this role forbids it: widen it, or use another role.",
    "session policy": "The policy of this session forbids it: sign in without it.",
}


class UnansweredError(Exception):
    """AWS gave no answer; `fix` says what to do about it.

    `code` is AWS's, if there is one; `organization`: a policy of the organization forbids the call.
    """

    def __init__(self, message: str, fix: str = "", *, code: str = "", organization: bool = False) -> None:
        super().__init__(message)
        self.fix, self.code, self.organization = fix, code, organization


def _nothing_synthesised(session: Session) -> Unapplied:
    raise UnansweredError(f"{session.env.name} was not synthesised")


@dataclass(frozen=True)
class Account:
    """An account used by several threads: boto3 clients may be shared, but are created one at a time.

    `find_unapplied` synthesises the environment and compares it with the states.
    """

    session: Session
    find_unapplied: Callable[[Session], Unapplied] = field(default=_nothing_synthesised, repr=False)
    region: str = ""
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict, repr=False)
    _found: list[Unapplied] = field(default_factory=list, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)
    _compared: Lock = field(default_factory=Lock, repr=False)

    @property
    def env(self) -> Environment:
        """The environment in this account."""
        return self.session.env

    @property
    def unapplied(self) -> Unapplied:
        """Resources that no state knows, found once. Raises UnansweredError when they can't be found."""
        with self._compared:
            if not self._found:
                try:
                    self._found.append(self.find_unapplied(self.session))
                except SitechatError as error:
                    raise UnansweredError(error.message, error.hint) from None
            return self._found[0]

    def at(self, region: str) -> Account:
        """This account in another region."""
        return replace(self, region=region)

    def client(self, service: str) -> Any:
        """boto3 client of a service in the environment's region, or in that of `at`."""
        key = (service, self.region or self.env.region)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self.session.client(*key)
            return self._clients[key]

    def ask(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        """Answer of an operation. Raises UnansweredError when AWS gives none."""
        return dict(asked(getattr(self.client(service), operation), otherwise=unanswered, **arguments))

    def find(self, service: str, operation: str, *absent: str, **arguments: Any) -> dict[str, Any] | None:
        """Answer of an operation, or None for the error codes `absent`, which mean that the thing doesn't exist."""
        question = getattr(self.client(service), operation)
        found = asked_for(question, absent=absent, otherwise=unanswered, **arguments)
        return None if found is None else dict(found)

    def all(self, service: str, operation: str, key: str, **arguments: Any) -> list[Any]:
        """Items of the list under `key`, which may be a dotted path, from every page of the answer."""
        import jmespath

        pages = self.client(service).get_paginator(operation)
        answers = asked(lambda: list(pages.paginate(**arguments)), otherwise=unanswered)
        return [item for answer in answers for item in jmespath.search(key, answer) or ()]


def unanswered(reason: NoAnswer) -> UnansweredError:
    """The error for a missing answer; where a permission is missing, `fix` names it."""
    if not reason.refused:
        return UnansweredError(f"{reason.kind}: {reason.text}")
    denied = "Denied" in reason.code or "Unauthorized" in reason.code
    forbidden = next((words for words in _FORBIDDEN_BY if words in reason.text), "")
    fix = _FORBIDDEN_BY[forbidden] if forbidden else f"Allow this role to call {reason.operation}." if denied else ""
    organization = forbidden in ("service control policy", "resource control policy")
    text = f"{reason.operation} answers {reason.code}"
    return UnansweredError(text, fix, code=reason.code, organization=organization)


Probe = Callable[[Account], Iterable[Diagnosis]]


def ask_each(account: Account, probes: Mapping[str, Probe]) -> Iterator[Diagnosis]:
    """Findings of each probe. One without an answer of AWS is yellow under its name, and hides none of the others."""
    for name, probe in probes.items():
        try:
            yield from probe(account)
        except UnansweredError as reason:
            yield Diagnosis(name, "yellow", f"could not be looked at: {reason}", reason.fix)
