"""Runs: one execution of the state machine a source, started, followed, and told."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.aws import asked, asked_for, failed_to
from pipeline.clock import now
from pipeline.errors import ExitCode, SitechatError, counted
from pipeline.ingestion.causes import Cause, cause_of_run
from pipeline.ingestion.ledger import Failure, read_ledger
from pipeline.ingestion.places import UNDER_WAY, DeployedIngestion

ALL, FAILED_ALONE = "all", "failed"
SUCCEEDED = "SUCCEEDED"
PAUSE_SECONDS = 3.0
# Looks in a row that may fail, as when the network is away for a moment.
_MISSED_LOOKS = 5
_RUNNING_CODE = "already_running"


@dataclass(frozen=True)
class Run:
    """A run that was started: its name is that of its execution."""

    source: str
    name: str
    execution: str


@dataclass(frozen=True)
class FinishedRun:
    """A run at its end.

    `status` is AWS's word; `counts` what the state machine answered (listed, fetched, failed, pages, documents, index,
    moved, waiting, vanished, unseen, removed), empty for a run that failed; `cause` why it did; `failures` the pages of
    this run that failed.
    """

    source: str
    name: str
    status: str
    counts: Mapping[str, Any]
    cause: Cause | None
    failures: tuple[Failure, ...]

    @property
    def code(self) -> ExitCode:
        """OK, FAILED, or REFUSED where another run holds the source."""
        if self.status == SUCCEEDED:
            return ExitCode.OK
        return ExitCode.REFUSED if self.cause and self.cause.code == _RUNNING_CODE else ExitCode.FAILED

    def to_dict(self) -> dict[str, Any]:
        """The run as plain data, for --json."""
        return {
            "source": self.source,
            "run": self.name,
            "status": self.status,
            "counts": dict(self.counts),
            "cause": vars(self.cause) if self.cause else None,
            "failures": [each.to_dict() for each in self.failures],
        }


def refuse_running(ingestion: DeployedIngestion, sources: tuple[str, ...]) -> None:
    """Raise SitechatError (5) where a run of one of these sources is under way."""
    for source in sources:
        execution = read_ledger(ingestion, source).execution
        if execution and ingestion.is_under_way(execution):
            raise SitechatError(
                f"{source} is being ingested already, by the run {execution.rpartition(':')[2]}",
                hint=f"Wait for it: `sitechat ingest status --env {ingestion.session.env_ref}`.",
                code=ExitCode.REFUSED,
            )


def start_run(ingestion: DeployedIngestion, source: str, *, failed_alone: bool = False) -> Run:
    """Start a run of a source, over all its pages or those alone that failed."""
    name = f"{source}-{now():%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    mode = FAILED_ALONE if failed_alone else ALL
    answer = asked(
        ingestion.states.start_execution,
        otherwise=failed_to(f"start a run of {source}"),
        stateMachineArn=ingestion.machine_arn,
        name=name,
        input=json.dumps({"source": source, "mode": mode}),
    )
    return Run(source, name, answer["executionArn"])


def follow_run(ingestion: DeployedIngestion, run: Run, report: Callable[[str], None]) -> FinishedRun:
    """Wait for a run's end and tell its progress now and then. Raises SitechatError (6); the run goes on then."""
    progress, missed = _Progress(ingestion, run), 0
    while True:
        try:
            described = ingestion.describe(run.execution) or {}
            if described.get("status") not in UNDER_WAY:
                return finished_run(ingestion, run, described)
            report(progress.text())
            missed = 0
        except SitechatError as error:
            missed += 1
            if missed == _MISSED_LOOKS:
                raise SitechatError(
                    f"the run {run.name} can't be followed any more: {error.message}",
                    hint=f"It goes on: `sitechat ingest status --env {ingestion.session.env_ref}`.",
                    code=ExitCode.FAILED,
                ) from None
        time.sleep(PAUSE_SECONDS)


def finished_run(ingestion: DeployedIngestion, run: Run, described: Mapping[str, Any]) -> FinishedRun:
    """What became of a run, from its execution and the ledger."""
    status = str(described.get("status", "FORGOTTEN"))
    counts = json.loads(described.get("output") or "{}") if status == SUCCEEDED else {}
    cause = None
    if status != SUCCEEDED:
        cause = cause_of_run(str(described.get("error") or status), str(described.get("cause", "")))
    failures = read_ledger(ingestion, run.source).failures(run.name)
    return FinishedRun(run.source, run.name, status, counts, cause, failures)


class _Progress:
    """How far a run is, counted in the ledger, out of the pages of its plan."""

    def __init__(self, ingestion: DeployedIngestion, run: Run) -> None:
        self._ingestion, self._run = ingestion, run
        self._total: int | None = None

    def text(self) -> str:
        """Pages that are done and failed, or what comes before and after the pages."""
        if self._total is None:
            self._total = self._planned()
        if self._total is None:
            return "looking for pages"
        pages = [each for each in read_ledger(self._ingestion, self._run.source).pages if each.run == self._run.name]
        failed = sum(each.state == "failed" for each in pages)
        told = f"{len(pages)} of {counted(self._total, 'page')}" + (f", {failed} failed" if failed else "")
        return f"{told}; loading the index" if len(pages) >= self._total else told

    def _planned(self) -> int | None:
        """Number of pages in the plan; None before it is made, or where it may not be read."""

        def download() -> bytes:
            key = f"runs/{self._run.source}/{self._run.name}/todo.json"
            return bytes(self._ingestion.s3.get_object(Bucket=self._ingestion.bucket, Key=key)["Body"].read())

        # Without the right to list, S3 says 403 for what isn't there.
        absent = ("NoSuchKey", "AccessDenied")
        content = asked_for(download, absent=absent, otherwise=failed_to("read the plan of a run"))
        return None if content is None else len(json.loads(content))
