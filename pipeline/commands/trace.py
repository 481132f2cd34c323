"""`sitechat trace`: ask the emulated site a question, and see which deployed things it went through."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json
from pipeline.console import err, out
from pipeline.errors import EMULATED_ANEW, ExitCode, SitechatError

if TYPE_CHECKING:
    from pipeline.operations.trace import Trace

# The application's words for an answer that went well (docs/application-contract.md).
DONE = "done"


def command(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="1 to 1,000 characters, as a visitor types it.")],
    env: EnvRef = DEFAULT_ENV,
    as_json: Json = False,
) -> None:
    """Ask the site of the emulated AWS; print each hop with what decided there and its time, and the task's spans.

    Question, passages and answer are printed and kept nowhere; road and spans are kept, for `sitechat report` to draw
    them. Spans are waited for where the task sends any.
    Exits 6 when the answer didn't end well.
    """
    from pipeline.aws.emulated import running_emulated_aws
    from pipeline.bundle.kept import work_folder
    from pipeline.operations.trace import follow_spans, trace_question
    from pipeline.report.kept_road import keep_road
    from pipeline.session import load_environment

    environment = load_environment(env)
    if not environment.emulated:
        raise SitechatError(
            f"{environment.name} lives in an AWS account, where nobody can follow a request like this",
            hint="Use `--env local`; in an account, the logs of CloudFront, load balancer and application say it.",
            code=ExitCode.USAGE,
        )
    endpoint = running_emulated_aws()
    if endpoint is None:
        raise SitechatError(
            "the emulated AWS is not running; what was in it is gone",
            hint=EMULATED_ANEW,
            code=ExitCode.MISSING,
        )
    found = follow_spans(endpoint, trace_question(endpoint, question))
    steps, spans = [asdict(each) for each in found.steps], [asdict(each) for each in found.spans]
    work = work_folder(environment)
    keep_road(work, environment.name, status=found.status, ended=found.ended, steps=steps, spans=spans)
    if as_json:
        events = [{"event": name, "data": data} for name, data in found.events]
        told = {"status": found.status, "events": events, "road": steps, "trace_id": found.trace_id, "spans": spans}
        print(json.dumps({"env": environment.name, **told}))
    else:
        _show(found)
    if DONE not in {name for name, _ in found.events}:
        err.print(f"the answer ended without `{DONE}` (status {found.status})", markup=False)
        raise typer.Exit(ExitCode.FAILED)


def _show(found: Trace) -> None:
    for step in found.steps:
        out.print(f"{step.ms:9.1f} ms  {step.hop:14} {step.decided}: {step.did}", markup=False)
    _show_spans(found)
    if not found.events:
        out.print(f"{found.status}: {found.text[:500]}", markup=False)
        return
    answer = "".join(str(json.loads(data).get("text", "")) for name, data in found.events if name == "token")
    out.print(f"\n{answer}", markup=False)
    for name, data in found.events:
        if name != "token":
            out.print(f"{name}: {data}", markup=False)


def _show_spans(found: Trace) -> None:
    """The spans as a tree, each with its start, its duration, its status and what it notes."""
    if not found.awaited:
        return
    out.print(f"\nspans of trace {found.trace_id}", markup=False)
    for span in found.spans:
        told = " ".join([span.status, *span.notes])
        out.print(f"{span.start_ms:9.1f} ms {span.ms:9.1f} ms  {'  ' * span.depth}{span.name}  {told}", markup=False)
    for step in found.late:
        out.print(f"{step.ms:9.1f} ms  {step.hop:14} {step.decided}: {step.did}", markup=False)
    if not found.spans:
        out.print("none came in time; only a share of the questions may be traced", markup=False)
