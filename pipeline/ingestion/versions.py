"""Versions of the index: which one answers, which one is kept, and the way back. The loading function alone knows."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import ExitCode, SitechatError
from pipeline.ingestion.causes import cause_of_run
from pipeline.ingestion.places import DeployedIngestion, FunctionFailed, find_ingestion
from pipeline.session import Session

_NOTHING_BEFORE = "NothingBefore"


@dataclass(frozen=True)
class IndexVersions:
    """The alias, the version it leads to, and the closed one that is kept; empty where there is none."""

    alias: str
    index: str
    before: str


def read_versions(ingestion: DeployedIngestion) -> IndexVersions:
    """The versions as they are in the domain. Raises SitechatError (3, 6)."""
    return _asked(ingestion, "versions")


def is_index_empty(session: Session) -> bool:
    """Whether the environment has sources and no version of the index answers yet.

    False where whoever asks may not know: a CI that releases calls no function of ingestion.
    """
    if not session.env.search.enabled or not session.env.ingestion.sources:
        return False
    try:
        return not read_versions(find_ingestion(session)).index
    except SitechatError as error:
        return error.code is ExitCode.MISSING


def roll_back(ingestion: DeployedIngestion) -> IndexVersions:
    """Lead the alias to the version that is kept. Raises SitechatError: 5 where none is kept, 6 for a failure."""
    return _asked(ingestion, "rollback")


def _asked(ingestion: DeployedIngestion, do: str) -> IndexVersions:
    try:
        told = ingestion.call("load", {"do": do})
    except FunctionFailed as error:
        cause = cause_of_run(error.name, error.cause)
        raise SitechatError(
            f"the index can't be {'asked' if do == 'versions' else 'led back'}: {cause.means} ({cause.code})",
            hint=f"{cause.advice[0].upper()}{cause.advice[1:]}.",
            code=ExitCode.REFUSED if error.name == _NOTHING_BEFORE else ExitCode.FAILED,
        ) from None
    return IndexVersions(str(told["alias"]), str(told["index"]), str(told["before"]))
