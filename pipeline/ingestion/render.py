"""Runs, listings and the state of ingestion on a terminal: counts, codes and addresses, never a page's text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.console import out
from pipeline.errors import ExitCode, again, counted, with_environment
from pipeline.ingestion.causes import cause_of_page
from pipeline.ingestion.ledger import Failure
from pipeline.ingestion.listing import SHOWN_ADDRESSES, Listing
from pipeline.ingestion.runs import FinishedRun
from pipeline.ingestion.status import IngestionStatus, PastRun, SourceStatus


def show_listing(listing: Listing, env_ref: str) -> None:
    """Print what a run would do."""
    _print(
        f"{listing.source}: {counted(listing.listed, 'page')}, {len(listing.new)} of them new; "
        f"{len(listing.vanished)} vanished; a run would fetch {listing.to_fetch}"
    )
    if not listing.complete:
        _print("  the list isn't complete: nothing would vanish at once")
    for why, counts in (("not looked behind", listing.missed), ("left out", listing.refused)):
        for code, count in counts.items():
            cause = cause_of_page(code)
            _print(f"  {why}: {count} {cause.code}: {cause.means}; {with_environment(cause.advice, env_ref)}")
    for address in listing.new[:SHOWN_ADDRESSES]:
        _print(f"  new: {address}")
    if len(listing.new) > SHOWN_ADDRESSES:
        _print(f"  and {len(listing.new) - SHOWN_ADDRESSES} more")
    _print(f"  {listing.price.text}")


def _pages(counts: Mapping[str, Any]) -> str:
    """Number of pages that a run listed, as far as it told."""
    return counted(counts["listed"], "page") if "listed" in counts else "? pages"


def show_run(run: FinishedRun, env_ref: str) -> None:
    """Print what became of a run, and the next command."""
    counts = run.counts
    if run.cause is None:
        _print(
            f"{run.source}: {_pages(counts)} listed, {counts.get('fetched', '?')} fetched, "
            f"{counts.get('failed', '?')} failed, {counts.get('vanished', '?')} vanished; "
            f"{counts.get('documents', '?')} passages in {counts.get('index', '?')}"
            + (", to which the index was moved" if counts.get("moved") else "")
        )
        if unseen := counts.get("unseen"):
            absent = "wasn't seen and stays" if unseen == 1 else "weren't seen and stay"
            _print(f"  {counted(unseen, 'page')} {absent} for now: the list isn't complete (`--dry-run` says why)")
        for source, pages in counts.get("removed", {}).items():
            left = f"its {counted(pages, 'page')} {'has' if pages == 1 else 'have'} left the ledger and the index"
            _print(f"  {source} isn't configured any more: {left}")
        if waiting := counts.get("waiting"):
            _print(f"  the index moves to it once these have their passages of the new model: {', '.join(waiting)}")
    else:
        _print(f"{run.source}: {run.status.lower()}, {run.cause.code}: {run.cause.means}")
        _print(f"  to do: {with_environment(run.cause.advice, env_ref)}")
    _show_failures(run.failures, env_ref)
    failed = ["--failed"] if run.code is ExitCode.FAILED else []
    _print(f"next: {again('ingest run' if run.code is ExitCode.FAILED else 'ingest status', env_ref, *failed)}")


def show_status(status: IngestionStatus, env_ref: str) -> None:
    """Print every source, and the versions of the index."""
    for each in status.sources:
        _show_source(each, env_ref)
    if (versions := status.versions) is None:
        _print(f"index: unknown, {status.unknown}")
        return
    _print(f"index: {versions.index or 'none'}, before it: {versions.before or 'none'} (alias {versions.alias})")


def _show_source(source: SourceStatus, env_ref: str) -> None:
    ledger = source.ledger
    age = "never succeeded" if source.age_hours is None else f"last success {source.age_hours:g} h ago"
    pages = ", ".join(f"{count} {state}" for state, count in ledger.states.items()) or "no page known"
    unseen = f"; {ledger.unseen} not seen lately, as lists weren't complete" if ledger.unseen else ""
    _print(f"{ledger.source}: {age}{' (stale)' if source.stale else ''}; {pages}{unseen}")
    for run in source.runs:
        _print(f"  run {run.name}: {_told(run)}")
    _show_failures(ledger.failures(), env_ref)


def _told(run: PastRun) -> str:
    minutes = f", {(run.stopped - run.started).total_seconds() / 60:.0f} min" if run.stopped else ""
    why = f", {run.cause.code}: {run.cause.means}" if run.cause else ""
    return f"{run.status.lower()}, {run.mode}, began {run.started:%Y-%m-%d %H:%M %Z}{minutes}{why}"


def _show_failures(found: Iterable[Failure], env_ref: str) -> None:
    for each in found:
        _print(f"  {each.count} {each.cause.code}: {each.cause.means}; {with_environment(each.cause.advice, env_ref)}")
        for address in each.addresses:
            _print(f"    {address}")


def _print(text: str) -> None:
    out.print(text, markup=False, soft_wrap=True)
