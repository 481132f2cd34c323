"""What a look could not see: it is named, and the rest is looked at all the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import TracebackType

from pipeline.errors import ExitCode, SitechatError


@dataclass(frozen=True)
class NotLooked:
    """Something that could not be looked at, and why."""

    what: str
    why: str


@dataclass(frozen=True)
class _Looking:
    """Context of one look: a failure of AWS (6) is noted, anything else is raised."""

    looked: Looked
    what: str

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> bool:
        if not isinstance(error, SitechatError) or error.code is not ExitCode.FAILED:
            return False
        self.looked.note(self.what, error.message.removeprefix("AWS can't be asked what is left: "))
        return True


@dataclass(frozen=True)
class Looked:
    """Collects what could not be looked at. Several threads fill it: appending to a list is atomic."""

    missing: list[NotLooked] = field(default_factory=list)

    def note(self, what: str, why: str) -> None:
        """Note something that could not be looked at."""
        self.missing.append(NotLooked(what, why))

    def at(self, what: str) -> _Looking:
        """Context in which `what` is looked at."""
        return _Looking(self, what)
