"""Writer of the generated parts of docs/security-review.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pipeline.scan.model import Waiver
from pipeline.scan.waiver_file import read_waivers
from pipeline.work import repo_root
from policies.proof.configuration import Layers
from policies.proof.exceptions import EXCEPTIONS
from tools.assurance.review.chapters import CHAPTERS
from tools.assurance.review.model import MANUAL, MEANINGS, Control, Judgement, ReviewedEnvironment
from tools.assurance.review.picture import mermaid

_PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_SHOWN = 2


def review_page() -> Path:
    """Path of docs/security-review.md."""
    return repo_root() / "docs" / "security-review.md"


def waivers() -> tuple[Waiver, ...]:
    """Waivers of the scan gate."""
    return tuple(read_waivers(repo_root() / "policies" / "waivers.toml")[0])


def renewed(text: str, subjects: Sequence[ReviewedEnvironment]) -> str:
    """Document with every generated part written anew. Raises ValueError where it lacks the marks of a part."""
    parts = {
        "network": _network(subjects),
        "controls": _controls(subjects),
        "exceptions": _exceptions(),
        "waivers": _waivers(subjects),
        "manual": _manual(subjects),
    }

    def part(match: re.Match[str]) -> str:
        return f"{match.group(1)}\n{parts.pop(match.group(2))}\n\n{match.group(3)}"

    renewed_text = _PART.sub(part, text)
    if parts:
        raise ValueError(f"the document has no place for {', '.join(parts)}")
    return renewed_text


def judgements(subjects: Sequence[ReviewedEnvironment]) -> Iterable[tuple[Control, Mapping[str, Judgement]]]:
    """Every control with its judgement by environment."""
    for chapter in CHAPTERS:
        for control in chapter.controls:
            yield control, {subject.env.name: control.judge(subject) for subject in subjects}


def _controls(subjects: Sequence[ReviewedEnvironment]) -> str:
    names = [subject.env.name for subject in subjects]
    found = dict(judgements(subjects))
    lines = ["| status | means |", "|---|---|"]
    lines += [f"| {status} | {meaning} |" for status, meaning in MEANINGS.items() if _count(found.values(), status)]
    for chapter in CHAPTERS:
        lines += ["", f"### {chapter.title}", "", chapter.about, ""]
        lines += [f"| control | asks for | {' | '.join(names)} | evidence |", f"|---|---|{'---|' * len(names)}---|"]
        for control in chapter.controls:
            row = found[control]
            cells = [_cell(row[name]) for name in names]
            lines.append(f"| {control.id} | {control.title} | {' | '.join(cells)} | {_evidence(control, row)} |")
    lines += ["", "Rows by status:", "", f"| status | {' | '.join(names)} |", f"|---|{'--:|' * len(names)}"]
    for status in MEANINGS:
        if _count(found.values(), status):
            counts = [str(sum(row[name].status == status for row in found.values())) for name in names]
            lines.append(f"| {status} | {' | '.join(counts)} |")
    return "\n".join(lines)


def _count(rows: Iterable[Mapping[str, Judgement]], status: str) -> int:
    return sum(judgement.status == status for row in rows for judgement in row.values())


def _cell(judgement: Judgement) -> str:
    notes = {"waived": judgement.note, "off": f"`{judgement.note}`", "open": judgement.note}
    note = notes.get(judgement.status, "")
    return f"{judgement.status} {note}".strip()


def _evidence(control: Control, row: Mapping[str, Judgement]) -> str:
    """Resources that were looked at, or what shows the control instead, and the test that proves it."""
    addresses = sorted({address for judgement in row.values() for address in judgement.addresses})
    shown = [f"`{address}`" for address in addresses[:_SHOWN]]
    if len(addresses) > _SHOWN:
        shown.append(f"{len(addresses) - _SHOWN} more")
    elsewhere = {each.note for each in row.values() if each.status in ("declined", "application")}
    shown += sorted(elsewhere)
    shown += sorted({f"`{each.note}`" for each in row.values() if each.status == MANUAL})
    return "<br>".join([*shown, f"`{control.test}`"])


def _network(subjects: Sequence[ReviewedEnvironment]) -> str:
    parts = []
    for subject in subjects:
        egress = subject.env.network.egress
        if subject.env.network.vpc_id:
            parts += [f"**{subject.env.name}** lives in a VPC that isn't built here.", ""]
            continue
        parts += [f'**{subject.env.name}** (`network.egress = "{egress}"`)', "", "```mermaid"]
        parts += [mermaid(subject.configuration), "```", ""]
    return "\n".join(parts).rstrip()


def _exceptions() -> str:
    lines = ["| rule | policy document | statement | reason |", "|---|---|---|---|"]
    lines += [f"| {each.rule} | `{each.document}` | {each.sid} | {each.reason} |" for each in EXCEPTIONS]
    return "\n".join(lines)


def _waivers(subjects: Sequence[ReviewedEnvironment]) -> str:
    counting: dict[Waiver, list[str]] = {}
    for subject in subjects:
        for waiver in subject.waived.values():
            counting.setdefault(waiver, []).append(subject.env.name)
    lines = ["| until | check | resource | environments | kind | reason | owner |", "|---|---|---|---|---|---|---|"]
    for each in sorted(counting, key=lambda waiver: (waiver.expires, waiver.check, waiver.address)):
        environments = ", ".join(sorted(counting[each]))
        lines.append(
            f"| {each.expires.isoformat()} | {each.check} | `{each.address}` | {environments} | {each.kind} "
            f"| {each.reason} | {each.owner} |"
        )
    return "\n".join(lines)


def _manual(subjects: Sequence[ReviewedEnvironment]) -> str:
    by_command: dict[str, list[str]] = {}
    for chapter in CHAPTERS:
        for control in chapter.controls:
            judgement = control.judge(subjects[0])
            if judgement.status == MANUAL:
                by_command.setdefault(judgement.note, []).append(f"{control.id} {control.title}")
    lines = ["| shows it | for |", "|---|---|"]
    lines += [f"| `{command}` | {'; '.join(rows)} |" for command, rows in by_command.items()]
    return "\n".join(lines)


def reviewed_environment(env_name: str, layers: Layers) -> ReviewedEnvironment:
    """Environment of this repository, by name, with its synthesised layers."""
    from config import load
    from policies.proof.configuration import Configuration

    return ReviewedEnvironment(load(env_name), Configuration(layers), waivers())


def reviewed_names() -> tuple[str, ...]:
    """Names of the environments under review: those deployed to AWS, not the emulated one."""
    from config import environment_names, load

    return tuple(name for name in environment_names() if not load(name).emulated)
