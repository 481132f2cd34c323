"""`sitechat ingest run|status|rollback`: fill the search index with the pages of the configured sources."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json, Yes
from pipeline.console import err, out, step
from pipeline.errors import ExitCode, SitechatError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.ingestion.places import DeployedIngestion
    from pipeline.ingestion.runs import FinishedRun, Run

AMOUNT = re.compile(r"\d{1,6}(\.\d{1,2})?")

app = typer.Typer(help="Fill the search index with the pages of the sources; see how it is.", no_args_is_help=True)

SourceName = Annotated[str | None, typer.Option("--source", metavar="NAME", help="Only this source.")]
FailedAlone = Annotated[bool, typer.Option("--failed", help="Only pages that failed, and those that no run came to.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="List pages and hold them to the ledger; fetch none.")]
Stated = Annotated[
    str | None,
    typer.Option(
        "--stated-usd", metavar="USD", help="What it costs at most, by your own sum, where a price is missing."
    ),
]
AFTER_ROLLBACK = "If the embedding model changed, change it back too: the next run loads what the configuration names."


@app.command("run")
def ingest_run(
    env: EnvRef = DEFAULT_ENV,
    source: SourceName = None,
    failed: FailedAlone = False,
    dry_run: DryRun = False,
    stated_usd: Stated = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Run ingestion, one source after the other, and wait for its end. What is unchanged costs nothing.

    Exits 8 where something has no price and --stated-usd doesn't say what it costs, 6 when a run failed; pages that
    failed below the tolerated share are told and don't fail it. Ctrl-C leaves the run going.
    """
    from pipeline.deployment.consent import may_skip_question
    from pipeline.ingestion.places import chosen_sources, find_ingestion
    from pipeline.ingestion.price import refuse_unpriced_run, run_price
    from pipeline.ingestion.render import show_run
    from pipeline.ingestion.runs import refuse_running
    from pipeline.session import load_environment, open_session

    stated = _figure(stated_usd)
    sources = chosen_sources(load_environment(env), source)
    session = open_session(env, needs_terraform=False)
    agreed = may_skip_question(session, yes)
    ingestion = find_ingestion(session)
    if dry_run:
        _dry_run(ingestion, sources, failed, stated, as_json)
        return
    refuse_running(ingestion, sources)
    pages = session.env.ingestion.max_pages * len(sources)
    price = run_price(session.env, pages=pages, runs=len(sources), stated_usd=stated)
    refuse_unpriced_run(price, env)
    err.print(price.text, markup=False, soft_wrap=True)
    _agree(f"Ingest {', '.join(sources)} into {session.env.name}?", agreed)
    done = []
    for at, each in enumerate(sources):
        done.append(_run(ingestion, each, failed, waiting=sources[at + 1 :]))
        if not as_json:
            show_run(done[-1], env)
    if as_json:
        runs = [each.to_dict() for each in done]
        print(json.dumps({"env": session.env.name, "price": price.to_dict(), "runs": runs}))
    if code := max(each.code for each in done):
        raise typer.Exit(code)


@app.command("status")
def ingest_status(env: EnvRef = DEFAULT_ENV, as_json: Json = False) -> None:
    """Show last runs, age of the last success, pages by state and error, and the versions of the index.

    Exits 8 when the index can't be asked, 10 when a source never succeeded, is stale, or failed last.
    """
    from pipeline.ingestion.places import find_ingestion
    from pipeline.ingestion.render import show_status
    from pipeline.ingestion.status import ingestion_status
    from pipeline.session import open_session

    session = open_session(env, needs_terraform=False)
    found = ingestion_status(find_ingestion(session))
    versions = found.versions
    if as_json:
        index = vars(versions) if versions else None
        sources = [each.to_dict() for each in found.sources]
        print(json.dumps({"env": session.env.name, "sources": sources, "index": index, "unknown": found.unknown}))
    else:
        show_status(found, env)
    if versions is None:
        raise typer.Exit(ExitCode.INCOMPLETE)
    if any(each.wants_attention for each in found.sources):
        raise typer.Exit(ExitCode.CHANGES)


@app.command("rollback")
def ingest_rollback(env: EnvRef = DEFAULT_ENV, yes: Yes = False, as_json: Json = False) -> None:
    """Lead the index back to the version before; the present one is kept, closed.

    Exits 5 when no version is kept, or a run is under way that could move the index again.
    """
    from pipeline.deployment.consent import may_skip_question
    from pipeline.ingestion.places import chosen_sources, find_ingestion
    from pipeline.ingestion.runs import refuse_running
    from pipeline.ingestion.versions import read_versions, roll_back
    from pipeline.session import open_session

    session = open_session(env, needs_terraform=False)
    agreed = may_skip_question(session, yes)
    ingestion = find_ingestion(session)
    refuse_running(ingestion, chosen_sources(session.env, None))
    with step("ask the index"):
        found = read_versions(ingestion)
    if not found.before:
        raise SitechatError(
            f"no version of {found.alias} is kept beside {found.index or 'none'}",
            hint=f"Load anew: `sitechat ingest run --env {env}`; what was embedded costs nothing.",
            code=ExitCode.REFUSED,
        )
    _agree(f"Lead {found.alias} of {session.env.name} from {found.index} back to {found.before}?", agreed)
    with step(f"lead {found.alias} back"):
        led = roll_back(ingestion)
    if as_json:
        print(json.dumps({"env": session.env.name, **vars(led)}))
        return
    out.print(f"{led.alias} leads to {led.index}; {led.before} is kept, closed. {AFTER_ROLLBACK}", markup=False)


def _agree(question: str, agreed: bool) -> None:
    from pipeline.console import confirm

    if not (agreed or confirm(question)):
        raise SitechatError("nothing was started", code=ExitCode.INTERRUPTED)


def _run(ingestion: DeployedIngestion, source: str, failed: bool, *, waiting: Sequence[str]) -> FinishedRun:
    from pipeline.ingestion.runs import follow_run, start_run

    run = start_run(ingestion, source, failed_alone=failed)
    try:
        err.print(f"run {run.name}", markup=False, soft_wrap=True)
        with step(f"ingest {source}") as progress:
            return follow_run(ingestion, run, progress.update)
    except KeyboardInterrupt:
        raise _left_going(ingestion, run, waiting) from None


def _left_going(ingestion: DeployedIngestion, run: Run, waiting: Sequence[str]) -> SitechatError:
    not_started = f"; not started: {', '.join(waiting)}" if waiting else ""
    return SitechatError(
        f"the run {run.name} goes on without this command{not_started}",
        hint=(
            f"Look at it with `sitechat ingest status --env {ingestion.session.env_ref}`; stop it with "
            f"`aws stepfunctions stop-execution --execution-arn {run.execution}`."
        ),
        code=ExitCode.INTERRUPTED,
    )


def _figure(text: str | None) -> Decimal | None:
    """The amount that the user states. Raises SitechatError (2) for what is no amount of dollars and cents."""
    if text is None:
        return None
    if not AMOUNT.fullmatch(text):
        raise SitechatError(
            f"--stated-usd takes dollars and cents, such as 2.50, and not {text!r}", code=ExitCode.USAGE
        )
    return Decimal(text)


def _dry_run(
    ingestion: DeployedIngestion, sources: Sequence[str], failed: bool, stated: Decimal | None, as_json: bool
) -> None:
    from pipeline.ingestion.listing import list_source
    from pipeline.ingestion.price import refuse_unpriced_run
    from pipeline.ingestion.render import show_listing

    listings = []
    for source in sources:
        with step(f"list {source}"):
            listings.append(list_source(ingestion, source, failed_alone=failed, stated_usd=stated))
    if as_json:
        told = [each.to_dict() for each in listings]
        print(json.dumps({"env": ingestion.session.env.name, "dry_run": True, "sources": told}))
    else:
        for each in listings:
            show_listing(each, ingestion.session.env_ref)
    for each in listings:
        refuse_unpriced_run(each.price, ingestion.session.env_ref)
