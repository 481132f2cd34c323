"""`sitechat history`: who applied, deployed or destroyed what, when, and how it ended; and the handover on call."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json
from pipeline.console import out
from pipeline.errors import ExitCode, SitechatError, again, counted

if TYPE_CHECKING:
    from pipeline.aws.kept import Unreadable
    from pipeline.bundle.entry import Entry, LayerRecord
    from pipeline.bundle.since_last import SinceLast

MOST = 500
EntryId = Annotated[
    str | None, typer.Argument(metavar="[ENTRY|latest]", help="Show this entry whole; also a bundle's id.")
]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=MOST, help="At most this many entries.")]
SinceLastDeployment = Annotated[bool, typer.Option("--since-last", help="What changed since the last deployment.")]
Handover = Annotated[bool, typer.Option("--handover", help="One screen for whoever is on call next.")]
SHOWN = 10


def command(
    entry: EntryId = None,
    env: EnvRef = DEFAULT_ENV,
    limit: Limit = SHOWN,
    since_last: SinceLastDeployment = False,
    handover: Handover = False,
    as_json: Json = False,
) -> None:
    """Show who applied, deployed or destroyed what, the newest first. It lies beside the states.

    Exits 8 when a part of --handover can't be known, or git doesn't know the commit of --since-last.
    """
    if (entry is not None) + since_last + handover > 1:
        raise SitechatError(
            "ENTRY, --since-last and --handover exclude each other", hint="Give one of them.", code=ExitCode.USAGE
        )
    if handover:
        from pipeline.commands.handover import show_handover

        show_handover(env, as_json=as_json)
    elif since_last:
        _since_last(env, as_json=as_json)
    elif entry is not None:
        _one(env, entry, as_json=as_json)
    else:
        _list(env, limit, as_json=as_json)


def _list(env_ref: str, limit: int, *, as_json: bool) -> None:
    from pipeline.bundle.entries import entry_ids, read_entries
    from pipeline.session import open_session

    session = open_session(env_ref, needs_terraform=False)
    ids = entry_ids(session)
    found = read_entries(session, ids[:limit])
    if as_json:
        print(json.dumps({"env": session.env.name, "entries": [_as_json(each) for each in found], "kept": len(ids)}))
        return
    if not found:
        out.print(f"Nothing of {session.env.name} is recorded yet.", markup=False)
    for each in found:
        for line in entry_lines(each):
            out.print(line, markup=False)
    if len(ids) > len(found):
        more = again("history", env_ref, f"--limit {min(len(ids), MOST)}")
        out.print(f"{len(ids) - len(found)} older: {more}", markup=False)


def _one(env_ref: str, wanted: str, *, as_json: bool) -> None:
    from pipeline.bundle.entries import find_entry
    from pipeline.session import open_session

    session = open_session(env_ref, needs_terraform=False)
    entry = find_entry(session, wanted)
    if as_json:
        print(json.dumps({"env": session.env.name, "entry": entry.to_json()}))
        return
    for line in whole_entry(entry):
        out.print(line, markup=False)


def _since_last(env_ref: str, *, as_json: bool) -> None:
    from dataclasses import asdict

    from pipeline.bundle.since_last import changed_since_last
    from pipeline.gates import synthesise_environment
    from pipeline.session import open_session

    session = open_session(env_ref, needs_terraform=False)
    found = changed_since_last(session, synthesise_environment(session.env, env_ref))
    if as_json:
        told = asdict(found) | {"last": found.last.to_json()}
        print(json.dumps({"env": session.env.name, **told}))
    else:
        for line in since_last_lines(found, env_ref):
            out.print(line, markup=False)
    if found.commits is None:
        raise typer.Exit(ExitCode.INCOMPLETE)


def _as_json(entry: Entry | Unreadable) -> dict[str, Any]:
    from pipeline.bundle.entry import Entry

    return entry.to_json() if isinstance(entry, Entry) else {"id": entry.id, "unreadable": entry.reason}


def entry_lines(entry: Entry | Unreadable) -> Iterator[str]:
    """An entry of the list: when and how it ended; what changed; who, and with which bundles."""
    from pipeline.bundle.entry import Entry

    if not isinstance(entry, Entry):
        yield f"{entry.id}: can't be read: {entry.reason}"
        return
    yield f"{shown_time(entry.begun)}  {entry.command} {ended(entry)}  {entry.id}"
    yield f"  {changes(entry)}, {entry.shown_commit}, by {entry.who}"
    if entry.bundles:
        last = entry.bundles[-1]
        yield (
            f"  bundle {last}" if len(entry.bundles) == 1 else f"  {counted(len(entry.bundles), 'bundle')}, last {last}"
        )
    if entry.error:
        yield f"  {entry.error}"


def whole_entry(entry: Entry) -> Iterator[str]:
    """Everything that an entry holds, for people."""
    yield f"{entry.command} of {entry.env}, {entry.id}"
    yield f"  began      {shown_time(entry.begun)}, by {entry.who}"
    yield f"  result     {ended(entry)}" + (f": {entry.error}" if entry.error else "")
    yield f"  place      account {entry.account}, {entry.region}"
    yield f"  commit     {entry.commit or 'none'}" + (", with uncommitted changes" if entry.dirty else "")
    yield f"  bundles    {', '.join(entry.bundles) or 'none'}"
    yield f"  tools      {', '.join(f'{name} {version}' for name, version in entry.versions.items())}"
    for name, layer in entry.layers.items():
        yield f"  {name}: {layer_words(layer)}"
    if entry.left:
        yield f"  not applied, previewed: {', '.join(entry.left)}"
    for kind, address in entry.addresses:
        yield f"  {kind:<8} {address}"
    if entry.more_addresses:
        yield f"  and {counted(entry.more_addresses, 'further change')}"


def layer_words(layer: LayerRecord) -> str:
    """What became of a layer."""
    from terraform_json.plan import describe_counts

    counts = layer.counts
    if layer.status == "done":
        what = _past(describe_counts(counts))
        return what if layer.destroyed else f"{what}, files {layer.sha256[:12]}"
    return f"{describe_counts(counts)}; {'cut off or failed' if layer.status == 'begun' else 'not begun'}"


def _past(text: str) -> str:
    for kind, done in (("add", "added"), ("change", "changed"), ("replace", "replaced"), ("destroy", "destroyed")):
        text = text.replace(f"to {kind}", done)
    return text.replace("only outputs change", "only outputs changed")


def since_last_lines(found: SinceLast, env_ref: str) -> Iterator[str]:
    """What changed since the last deployment, and how to see the details."""
    last = found.last
    yield f"Last deployment of {last.env}: {shown_time(last.begun)}, {last.command}, by {last.who}"
    yield f"  {changes(last)}, {last.shown_commit}, entry {last.id}"
    if found.unfinished:
        yield f"Since then, not ended well: {', '.join(found.unfinished)}"
    yield from _commit_lines(found)
    if found.changed:
        yield "Layers whose configuration differs from what was deployed:"
        yield from (f"  {name}: {why}" for name, why in found.changed.items())
    else:
        yield "Every layer is configured as it was deployed."
    yield f"next: {again('plan', env_ref)} shows what would change"
    yield f"      {again('drift', env_ref)} shows what was changed past the configuration"


def _commit_lines(found: SinceLast) -> Iterator[str]:
    if found.commits is None:
        yield f"Commits since then can't be told: {found.unknown}"
        return
    if found.commits:
        number = counted(len(found.commits), "commit")
        yield f"{f'More than {number}' if found.more_commits else number} since {found.last.commit[:7]}:"
        yield from (f"  {each}" for each in found.commits)
    else:
        yield f"No commit since {found.last.commit[:7]}."
    if found.ahead:
        yield "The deployed commit has commits that this checkout lacks: pull, or change to its branch."
    if found.last.dirty:
        yield "It was deployed with uncommitted changes, which git doesn't know."
    if found.dirty:
        yield "This checkout has uncommitted changes."


def ended(entry: Entry) -> str:
    """How a run ended, and how long it took."""
    return result_and_time(entry.result, entry.begun, entry.ended)


def result_and_time(result: str, begun: str, ended: str) -> str:
    """A result with the time that it took; `ended` is empty where nobody knows the end."""
    from datetime import datetime

    if not ended:
        return "begun, no end known"
    seconds = int((datetime.fromisoformat(ended) - datetime.fromisoformat(begun)).total_seconds())
    took = f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"
    return f"{result}, {took}"


def changes(entry: Entry) -> str:
    """What a run changed, in one line, and what it had planned beside that where it didn't come to its end."""
    from terraform_json.plan import Counts, describe_counts

    layers = entry.changed_layers
    done = _past(describe_counts(entry.counts))
    told = [f"{done} in {_few(layers)}" if layers else done]
    left = {name: each for name, each in entry.layers.items() if each.status != "done" and each.counts.any}
    if left:
        planned = describe_counts(sum((each.counts for each in left.values()), Counts()))
        told = [*(told if layers else ()), f"{_not_done(entry, left)}: {planned} in {_few(tuple(left))}"]
    return "; ".join(told)


def _not_done(entry: Entry, left: Mapping[str, LayerRecord]) -> str:
    """What became of layers that aren't done: one that was begun may have a part of its changes."""
    if not entry.ended:
        return "planned"
    return "not done, or in part" if any(each.status == "begun" for each in left.values()) else "not done"


def _few(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else counted(len(names), "layer")


def shown_time(stamp: str) -> str:
    """A time of an entry for people: 2026-01-31 12:00 UTC."""
    return f"{stamp[:10]} {stamp[11:16]} UTC"
