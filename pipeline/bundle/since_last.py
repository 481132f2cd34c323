"""What changed since the last deployment: commits, and layers whose files aren't those that were deployed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.aws.kept import Unreadable
from pipeline.bundle.commits import commits_since, current_commit, is_ahead
from pipeline.bundle.entries import entry_ids, read_entries
from pipeline.bundle.entry import Entry
from pipeline.errors import ExitCode, SitechatError
from pipeline.planning.applied import files_digest
from pipeline.session import Session
from pipeline.synth.layers import Synthesis

# Commits that are shown, entries that are looked through, and entries that are read at a time.
COMMITS = 20
ENTRIES = 100
_AT_ONCE = 20


@dataclass(frozen=True)
class SinceLast:
    """The `last` deployment that ended well, and what changed since.

    `commits` are "abc1234 subject", the newest first, of which `more_commits` says that there are others; None where
    they are `unknown`, the reason. `changed` are layers, each with the reason; `unfinished` are ids of entries since
    then that didn't end well.
    """

    last: Entry
    unfinished: tuple[str, ...]
    commits: tuple[str, ...] | None
    more_commits: bool
    ahead: bool
    dirty: bool
    unknown: str
    changed: Mapping[str, str]


def changed_since_last(session: Session, synthesis: Synthesis) -> SinceLast:
    """Compare this checkout with what the history says was deployed.

    Raises SitechatError: 3 where no deployment that ended well is recorded, or without a state bucket; 6 when it can't
    be asked.
    """
    entries = _newest_entries(session, {layer.name for layer in synthesis.layers})
    last = next((each for each in entries if each.result == "succeeded" and each.command != "destroy"), None)
    if last is None:
        raise SitechatError(
            f"the history of {session.env.name} holds no deployment that ended well",
            hint="See what it holds with `sitechat history`, and what there is to do with `sitechat plan`.",
            code=ExitCode.MISSING,
        )
    later = entries[: entries.index(last)]
    current = current_commit()
    commits = commits_since(last.commit, COMMITS + 1) if current else None
    return SinceLast(
        last=last,
        unfinished=tuple(each.id for each in later if each.result != "succeeded"),
        commits=None if commits is None else commits[:COMMITS],
        more_commits=commits is not None and len(commits) > COMMITS,
        ahead=commits is not None and is_ahead(last.commit),
        dirty=current.endswith("+"),
        unknown="" if commits is not None else _unknown(last, current),
        changed=_changed_layers(synthesis, entries),
    )


def _newest_entries(session: Session, layers: set[str]) -> list[Entry]:
    """Newest entries, read as far back as every layer and a deployment that ended well need."""
    ids = entry_ids(session)[:ENTRIES]
    found: list[Entry] = []
    for first in range(0, len(ids), _AT_ONCE):
        read = read_entries(session, ids[first : first + _AT_ONCE])
        found += [each for each in read if not isinstance(each, Unreadable)]
        ended_well = any(each.result == "succeeded" and each.command != "destroy" for each in found)
        if ended_well and layers <= {name for each in found for name in each.layers}:
            break
    return found


def _unknown(last: Entry, current: str) -> str:
    if not last.commit:
        return "it was deployed outside a git repository"
    if not current:
        return "this is no git repository, or git isn't installed"
    return f"this repository doesn't know the commit {last.commit[:7]}; `git fetch` may bring it"


def _changed_layers(synthesis: Synthesis, entries: Sequence[Entry]) -> dict[str, str]:
    """Layers that differ from their newest record, in their order, each with the reason; then those that are gone."""
    records = {name: (each, each.layers[name]) for each in reversed(entries) for name in each.layers}
    found: dict[str, str] = {}
    for layer in synthesis.layers:
        if layer.name not in records:
            found[layer.name] = f"no deployment of it is among the last {ENTRIES} entries"
            continue
        entry, record = records[layer.name]
        if record.status != "done":
            found[layer.name] = f"not done in {entry.id}"
        elif record.destroyed:
            found[layer.name] = f"destroyed in {entry.id}"
        elif record.sha256 != files_digest(layer):
            found[layer.name] = f"deployed otherwise in {entry.id}"
    here = {layer.name for layer in synthesis.layers}
    gone = {name for name, (_, record) in records.items() if name not in here and not record.destroyed}
    return found | dict.fromkeys(sorted(gone), "deployed, and not configured any more")
