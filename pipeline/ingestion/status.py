"""State of ingestion: last runs and pages of each source, age of the last success, versions of the index."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.aws import asked, failed_to
from pipeline.clock import now
from pipeline.errors import SitechatError
from pipeline.ingestion.causes import Cause, cause_of_run
from pipeline.ingestion.ledger import SourceLedger, read_ledger
from pipeline.ingestion.places import UNDER_WAY, DeployedIngestion, chosen_sources
from pipeline.ingestion.runs import SUCCEEDED
from pipeline.ingestion.versions import IndexVersions, read_versions

RUNS_SHOWN = 3
# Executions that are looked through for the last runs of every source.
_EXECUTIONS = 50


@dataclass(frozen=True)
class PastRun:
    """A run, under way or over. `mode` is "all" or "failed"."""

    source: str
    name: str
    mode: str
    status: str
    started: datetime
    stopped: datetime | None
    cause: Cause | None

    def to_dict(self) -> dict[str, Any]:
        """The run as plain data, for --json."""
        return {
            "run": self.name,
            "mode": self.mode,
            "status": self.status,
            "started": self.started.isoformat(),
            "stopped": self.stopped.isoformat() if self.stopped else None,
            "cause": vars(self.cause) if self.cause else None,
        }


@dataclass(frozen=True)
class SourceStatus:
    """What is known of a source. `stale` is true only where there is a schedule that should have refreshed it."""

    ledger: SourceLedger
    runs: tuple[PastRun, ...]
    age_hours: float | None
    stale: bool

    @property
    def wants_attention(self) -> bool:
        """Whether it never succeeded, is stale, or its last run that ended failed."""
        ended = [each for each in self.runs if each.status not in UNDER_WAY]
        return self.age_hours is None or self.stale or bool(ended and ended[0].status != SUCCEEDED)

    def to_dict(self) -> dict[str, Any]:
        """The status as plain data, for --json."""
        return {
            "source": self.ledger.source,
            "runs": [each.to_dict() for each in self.runs],
            "succeeded": self.ledger.succeeded.isoformat() if self.ledger.succeeded else None,
            "age_hours": self.age_hours,
            "stale": self.stale,
            "pages": self.ledger.states,
            "unseen": self.ledger.unseen,
            "failures": [each.to_dict() for each in self.ledger.failures()],
        }


@dataclass(frozen=True)
class IngestionStatus:
    """Every source, and the versions of the index; None with the reason where they can't be known."""

    sources: tuple[SourceStatus, ...]
    versions: IndexVersions | None
    unknown: str = ""


def ingestion_status(ingestion: DeployedIngestion) -> IngestionStatus:
    """Read the state of ingestion. Raises SitechatError (6) where AWS refuses what isn't the index."""
    env = ingestion.session.env
    runs = past_runs(ingestion)
    moment = now()
    sources = []
    for name in chosen_sources(env, None):
        ledger = read_ledger(ingestion, name)
        age = round((moment - ledger.succeeded).total_seconds() / 3600, 1) if ledger.succeeded else None
        stale = env.ingestion.schedule is not None and (age is None or age > env.ingestion.stale_after_hours)
        sources.append(SourceStatus(ledger, tuple(runs.get(name, ())), age, stale))
    try:
        return IngestionStatus(tuple(sources), read_versions(ingestion))
    except SitechatError as error:
        return IngestionStatus(tuple(sources), None, error.message)


def past_runs(ingestion: DeployedIngestion) -> Mapping[str, Sequence[PastRun]]:
    """Last runs of each source, the newest first."""
    listed = asked(
        ingestion.states.list_executions,
        otherwise=failed_to("list the runs of ingestion"),
        stateMachineArn=ingestion.machine_arn,
        maxResults=_EXECUTIONS,
    )["executions"]
    with ThreadPoolExecutor(8) as pool:
        described = list(pool.map(lambda each: ingestion.describe(each["executionArn"]), listed))
    found: dict[str, list[PastRun]] = {}
    runs = sorted((_past_run(each) for each in described if each), key=lambda each: each.started, reverse=True)
    for run in runs:
        of_source = found.setdefault(run.source, [])
        if len(of_source) < RUNS_SHOWN:
            of_source.append(run)
    return found


def _past_run(described: Mapping[str, Any]) -> PastRun:
    told = json.loads(described.get("input") or "{}")
    # Whoever may start executions may hand them any JSON.
    if not isinstance(told, dict):
        told = {}
    status = str(described["status"])
    cause = None
    if status not in (*UNDER_WAY, SUCCEEDED):
        cause = cause_of_run(str(described.get("error") or status), str(described.get("cause", "")))
    return PastRun(
        str(told.get("source", "")),
        str(described["name"]),
        str(told.get("mode", "all")),
        status,
        described["startDate"],
        described.get("stopDate"),
        cause,
    )
