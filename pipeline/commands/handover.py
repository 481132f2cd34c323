"""One screen for whoever is on call next, `sitechat history --handover`: 80 columns, some 40 lines.

Each part is asked for by itself. What can't be asked is named with its reason, and the command then ends with 8.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import typer

from pipeline.console import out, step
from pipeline.errors import ExitCode, SitechatError, again, counted, lock_holder

if TYPE_CHECKING:
    from pipeline.session import Session

COLUMNS = 80
# Most lines of a part below its title; further ones are counted.
LINES = 5
DEPLOYMENTS = 5
RELEASES = 3
# Entries that are looked through for deployments and for runs whose end isn't known.
_ENTRIES = 20
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Part:
    """A part of the handover: its title in words, lines below it, and why it isn't whole; "" when it is."""

    title: str
    lines: tuple[str, ...] = ()
    unknown: str = ""


def show_handover(env_ref: str, *, as_json: bool) -> None:
    """Print the handover. Exits 8 when a part of it can't be known."""
    from pipeline.clock import now, stamp
    from pipeline.commands.history import shown_time
    from pipeline.session import open_session

    session = open_session(env_ref, needs_terraform=False)
    env = session.env
    with step(f"look at {env.name} for whoever is next on call"):
        parts = {name: known_part(session, name, ask) for name, ask in PARTS.items()}
    unknown = [name for name, part in parts.items() if part.unknown]
    if as_json:
        told = {name: vars(part) for name, part in parts.items()}
        print(json.dumps({"env": env.name, "at": stamp(now()), "parts": told, "unknown": unknown}))
    else:
        title = f"Handover of {env.name}, account {env.account_id}, {env.region}, {shown_time(stamp(now()))}"
        for line in (title, *handover_lines(parts.values())):
            out.print(fit(line), markup=False)
        unfinished = parts.get(UNFINISHED)
        first = "recover" if unfinished and unfinished.lines else "drift"
        out.print(f"next: {again(first, env_ref)}; docs/runbooks/README.md", markup=False)
    if unknown:
        raise typer.Exit(ExitCode.INCOMPLETE)


def known_part(session: Session, name: str, ask: Callable[[Session], Part]) -> Part:
    """A part, or why it can't be known: one that fails leaves the others as they are."""
    try:
        return ask(session)
    except SitechatError as error:
        return Part(name.capitalize(), unknown=" ".join(error.message.split()))


def handover_lines(parts: Iterable[Part]) -> list[str]:
    """The parts for people: a title each, at most LINES lines, and what isn't known."""
    found: list[str] = []
    for part in parts:
        found.append(part.title)
        shown = part.lines if len(part.lines) <= LINES else part.lines[: LINES - 1]
        found += [f"  {line}" for line in shown]
        if len(part.lines) > len(shown):
            found.append(f"  and {len(part.lines) - len(shown)} more")
        if part.unknown:
            found.append(f"  not known: {part.unknown}")
    return found


def fit(line: str) -> str:
    """A line that fits the screen; --json has it whole."""
    return line if len(line) <= COLUMNS else f"{line[: COLUMNS - 1]}…"


def open_alarms(session: Session) -> Part:
    """The environment's open alarms, in its region and where CloudFront's are. Raises SitechatError (6)."""
    from config.alarm_text import read_alarm_text
    from config.place import GLOBAL_REGION
    from pipeline.operations.alarms import RINGING, described

    env = session.env
    found: list[dict[str, Any]] = []
    for region in dict.fromkeys((env.region, GLOBAL_REGION)):
        found += described(session, region, f"{env.project}-{env.name}-", RINGING)
    found.sort(key=lambda each: each["StateUpdatedTimestamp"], reverse=True)
    # Composite alarms tell of the others, which would say the same again.
    found = [each for each in found if not read_alarm_text(str(each.get("AlarmDescription", ""))).told_by]
    awake = [each for each in found if each["ActionsEnabled"]]
    asleep = [each["AlarmName"] for each in found if not each["ActionsEnabled"]]
    lines = [f"{each['AlarmName']}, since {_moment(each['StateUpdatedTimestamp'])}" for each in awake]
    if asleep:
        lines.insert(min(len(lines), LINES - 2), f"asleep, as what they watch is parked: {', '.join(asleep)}")
    return Part(f"Open alarms: {len(awake) or 'none'}", tuple(lines))


def last_deployments(session: Session) -> Part:
    """The last runs of the history. Raises SitechatError (3, 6)."""
    from pipeline.aws.kept import Unreadable
    from pipeline.bundle.entries import entry_ids, read_entries
    from pipeline.commands.history import changes, shown_time

    lines = []
    for each in read_entries(session, entry_ids(session)[:DEPLOYMENTS]):
        if isinstance(each, Unreadable):
            lines.append(f"{each.id}: can't be read: {each.reason}")
            continue
        result = "no end known" if each.result == "begun" else each.result
        lines.append(f"{shown_time(each.begun)} {each.command} {result}, {each.shown_commit}, {changes(each)}")
    return Part(f"Last deployments{'' if lines else ': none is recorded'}", tuple(lines))


def unfinished_runs(session: Session) -> Part:
    """Locks that are held, damaged states, and runs whose end isn't known. Raises SitechatError (3, 6)."""
    from pipeline.aws.kept import Unreadable
    from pipeline.bundle.entries import entry_ids, read_entries
    from pipeline.commands.history import shown_time
    from pipeline.recovery.locks import find_locks

    locks = [
        f"{each.layer} is locked by {lock_holder(each.who, each.operation, each.created)}"
        for each in find_locks(session)
    ]
    read = read_entries(session, entry_ids(session)[:_ENTRIES])
    runs = [each for each in read if not isinstance(each, Unreadable) and each.result == "begun"]
    damaged = damaged_states(session)
    lines = [
        *locks,
        *damaged,
        *(f"{each.command} by {each.who}, begun {shown_time(each.begun)}, no end known" for each in runs),
    ]
    found: dict[str, Sequence[object]] = {"held lock": locks, "damaged state": damaged, "run without an end": runs}
    told = [counted(len(each), what) for what, each in found.items() if each]
    return Part(f"Locks, states, unfinished runs: {', '.join(told) or 'nothing wrong'}", tuple(lines))


def damaged_states(session: Session) -> list[str]:
    """A line for each state that isn't what the lock table remembers, or is gone. Raises SitechatError (3, 6)."""
    from pipeline.recovery.state_objects import StateStore, layer_of, md5_of

    store, state = StateStore.of(session), session.env.state_backend
    lines = []
    for key in sorted(store.versions(f"{state.project}/{state.env}/")):
        content, digest = store.read(key), store.digest(key) if store.keeps_digests else ""
        if digest and content is None:
            lines.append(f"the state of {layer_of(key)} is gone")
        elif digest and content is not None and md5_of(content) != digest:
            lines.append(f"the state of {layer_of(key)} isn't the one that the lock table remembers")
    return lines


def last_releases(session: Session) -> Part:
    """The last releases, and which image is in service by them. Raises SitechatError (3, 6)."""
    from pipeline.aws.kept import Unreadable
    from pipeline.commands.history import shown_time
    from pipeline.operations.releases.records import read_releases, release_ids

    ids = release_ids(session)
    lines = []
    for each in read_releases(session, ids[:RELEASES]):
        if isinstance(each, Unreadable):
            lines.append(f"{each.id}: can't be read: {each.reason}")
            continue
        result = "no end known" if each.result == "begun" else each.result
        lines.append(f"{shown_time(each.begun)} {each.kind} {result}, {each.shown_image}, by {each.who}")
    if ids:
        return Part(f"Last releases, of {len(ids)} kept", tuple(lines))
    configured = "the first image is the configured one" if session.env.image.released else "no image is configured"
    return Part(f"Last releases: none is recorded; {configured}")


def index_age(session: Session) -> Part:
    """Age of the last success of every source. Raises SitechatError (3, 6)."""
    from pipeline.ingestion.places import find_ingestion
    from pipeline.ingestion.status import ingestion_status

    if not session.env.ingestion.sources:
        return Part("Index: no sources are configured")
    found = ingestion_status(find_ingestion(session))
    lines = []
    for each in found.sources:
        age = "never succeeded" if each.age_hours is None else f"{each.age_hours} h old"
        last = f", last run {each.runs[0].status.lower()}" if each.runs else ", no run yet"
        lines.append(f"{each.ledger.source}: {age}{', stale' if each.stale else ''}{last}")
    wants = ", ".join(each.ledger.source for each in found.sources if each.wants_attention)
    return Part(f"Index: {f'look at {wants}' if wants else 'every source is in order'}", tuple(lines), found.unknown)


def expiring_waivers(session: Session) -> Part:
    """Accepted findings of the environment that expire this week, or have. Raises SitechatError (6)."""
    from pipeline.clock import now
    from pipeline.scan.waiver_file import read_waivers
    from pipeline.scan.waivers import waivers_in_force
    from pipeline.work import repo_root

    waivers, problems = read_waivers(repo_root() / "policies" / "waivers.toml")
    today = now().date()
    soon = [each for each in waivers_in_force(waivers, session.env) if each.expires <= today + _WEEK]
    soon.sort(key=lambda each: each.expires)
    lines = tuple(f"{each.expires.isoformat()} {each.owner}: {each.check} {each.address}" for each in soon)
    return Part(f"Waivers that expire this week: {len(soon) or 'none'}", lines, problems[0] if problems else "")


def _moment(when: datetime) -> str:
    from pipeline.clock import stamp
    from pipeline.commands.history import shown_time

    return shown_time(stamp(when.astimezone(UTC)))


UNFINISHED = "locks and unfinished runs"
PARTS: dict[str, Callable[[Session], Part]] = {
    "alarms": open_alarms,
    UNFINISHED: unfinished_runs,
    "deployments": last_deployments,
    "releases": last_releases,
    "index": index_age,
    "waivers": expiring_waivers,
}
