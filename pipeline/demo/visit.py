"""What the demo's answer needs beside Terraform: a session key, an image, pages in the index; and the question."""

from __future__ import annotations

import json
import time
from collections.abc import Collection
from concurrent.futures import Executor, Future
from dataclasses import asdict

import local_aws
from pipeline.console import err, step
from pipeline.demo.site import garden_port, serve_garden
from pipeline.errors import ExitCode, SitechatError, counted
from pipeline.ingestion.places import find_ingestion
from pipeline.ingestion.runs import SUCCEEDED, FinishedRun, follow_run, start_run
from pipeline.operations import secret_value, secrets
from pipeline.operations.images import push_image
from pipeline.operations.trace import Trace, follow_spans, trace_question
from pipeline.report.kept_road import keep_road
from pipeline.report.model import ShownAnswer
from pipeline.session import Session

SESSION_KEY = "session-key"
QUESTION = "When is the garden open?"
# A task starts within seconds; on a busy machine its checks take longer.
ANSWER_SECONDS = 120.0
_PAUSE_SECONDS = 1.0
_UNAVAILABLE = 503


class Visit:
    """A visitor's way to an answer, made while the waves of a deployment go on."""

    def __init__(self, session: Session, pool: Executor) -> None:
        self._session, self._pool = session, pool
        self._run: Future[FinishedRun] | None = None

    def follow_wave(self, layers: Collection[str]) -> None:
        """After a wave: give the tasks secret and image before they start, and fill the index beside later waves."""
        if "infrastructure" in layers:
            if not secrets.has_value(self._session, SESSION_KEY):
                with step(f"set {SESSION_KEY}"):
                    secrets.put_secret_value(self._session, SESSION_KEY, secret_value.generate_value())
            push_image(self._session, context=None, tag=self._session.env.image.tag, scan_seconds=0)
        if "workflows" in layers and self._run is None:
            serve_garden(garden_port(self._session.env))
            self._run = self._pool.submit(self._ingest)

    def wait_for_pages(self) -> FinishedRun:
        """The run that fills the index, at its end. Raises SitechatError (6) where it failed."""
        run = self._run or self._pool.submit(self._ingest)
        with step("fill the index"):
            found = run.result()
        if found.status != SUCCEEDED:
            why = f": {found.cause.means}" if found.cause else ""
            raise SitechatError(
                f"the run {found.name} that fills the index {found.status.lower()}{why}",
                hint=f"`sitechat ingest status --env {self._session.env_ref}` shows it.",
                code=ExitCode.FAILED,
            )
        counts = found.counts
        err.print(
            f"  {counted(counts['pages'], 'page')}, {counts['documents']} passages in {counts['index']}", markup=False
        )
        return found

    def ask(self, question: str = QUESTION) -> ShownAnswer:
        """Ask the site, once a task is there, and keep the road. Raises SitechatError (6) without a whole answer."""
        endpoint = local_aws.status(self._session.work.local)
        assert endpoint is not None
        with step(f"ask: {question}"):
            found = follow_spans(endpoint, _answered(endpoint, question))
        steps, spans = [asdict(each) for each in found.steps], [asdict(each) for each in found.spans]
        session = self._session
        keep_road(session.work, session.env.name, status=found.status, ended=found.ended, steps=steps, spans=spans)
        if found.ended != "done":
            raise SitechatError(
                f"the site's answer to {question!r} ended without `done` (status {found.status})",
                hint=f'`sitechat trace --env {session.env_ref} "{question}"` asks again and shows each hop.',
                code=ExitCode.FAILED,
            )
        return read_answer(question, found)

    def _ingest(self) -> FinishedRun:
        ingestion = find_ingestion(self._session)
        (source,) = self._session.env.ingestion.sources
        return follow_run(ingestion, start_run(ingestion, source.name), lambda text: None)


def read_answer(question: str, found: Trace) -> ShownAnswer:
    """Text and sources of an answer that ended well."""
    events = [(name, json.loads(data)) for name, data in found.events]
    text = "".join(str(data.get("text", "")) for name, data in events if name == "token")
    sources = [each for name, data in events if name == "sources" for each in data["sources"]]
    return ShownAnswer(question, text, tuple((str(each["title"]), str(each["url"])) for each in sources))


def _answered(endpoint: local_aws.Endpoint, question: str) -> Trace:
    """The answer of the first task that is healthy; the last refusal, where none is in time."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while True:
        found = trace_question(endpoint, question)
        if found.status != _UNAVAILABLE or time.monotonic() > deadline:
            return found
        time.sleep(_PAUSE_SECONDS)
