"""Report as Markdown for a pull-request comment: dangerous changes first, the rest as far as it fits."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.cost.result import Estimate
from pipeline.cost.words import remarks, usd
from pipeline.report.changes import ORDER, SIGNS, Change
from pipeline.report.prices import price_headline, price_rows
from pipeline.report.view import ReportView
from terraform_json.attributes import FOLD_FROM_CHARACTERS, AttributeChange

if TYPE_CHECKING:
    from pipeline.report.kept_road import KeptRoad

# GitHub refuses comments of more than 65,536 characters; the margin leaves room for a heading that the caller adds.
LIMIT_CHARACTERS = 60_000
_CLOSING = 400
# Longer lists are folded behind a line that says how many entries they have; losses stand open however many they are.
FOLD_FROM_ENTRIES = 10
_OPEN, _CLOSE = "<details><summary>", "\n</details>\n"
# Characters that Markdown acts on. Underscores inside a word are harmless and frequent; bare URLs become links.
_ACTIVE = re.compile(r"[\\`*\[\]|#@~!]|(?<!\w)_|_(?!\w)|:(?=//)|(?<=www)\.")


def report_markdown(view: ReportView) -> str:
    """The whole comment. Entries beyond the limit are left out, and the comment says how many."""
    text = ""
    blocks = list(_blocks(view))
    for index, block in enumerate(blocks):
        if len(text) + len(block) > LIMIT_CHARACTERS - _CLOSING:
            left = len(blocks) - index - blocks[index:].count(_CLOSE)
            if text.count(_OPEN) > text.count(_CLOSE):
                text += _CLOSE
            return text + f"\n_{left} more entries did not fit here; the HTML report has everything._\n"
        text += block
    return text


def _blocks(view: ReportView) -> Iterator[str]:
    yield _summary(view)
    changes = sorted(view.changes, key=lambda change: ORDER.index(change.action))
    if view.planned and not changes:
        yield "\nNo changes.\n"
    for action in ORDER:
        found = [change for change in changes if change.action == action]
        if found:
            yield f"\n### {SIGNS[action]} {len(found)} to {action}\n"
            entries = _added(found) if action == "add" else [_change(change) for change in found]
            yield from _folded(entries, "resources") if action in ("add", "change") else entries
    yield from _scan(view)
    if view.data.cost:
        yield _cost(view.data.cost, view.data.cost_before)
    for item in view.uncovered:
        yield f"- not emulated: {code(item.type)} ({item.count}): {plain(item.reason)}\n"
    if view.road:
        yield _road(view.road)
    if view.data.next_steps:
        yield "\n### Next\n" + "".join(f"- {code(step)}\n" for step in view.data.next_steps)


def _summary(view: ReportView) -> str:
    data = view.data
    rows = "".join(
        f"| {plain(layer.name)} | {layer.status} | {len(layer.resources)} | "
        + " | ".join(
            str(layer.totals[action]) if layer.planned else "" for action in ("add", "change", "replace", "destroy")
        )
        + " |\n"
        for layer in view.layers
    )
    commit = f", commit {code(data.commit)}" if data.commit else ""
    price = f" **{price_headline(data.cost, data.cost_before)}.**" if data.cost else ""
    again = f" Changes on re-plan: {data.replan_changes}." if data.replan_changes is not None else ""
    return (
        f"## SiteChat {plain(data.env_name)}: {view.gate[1]}, {view.state[1]}\n\n"
        f"Account {code(data.account_id)}, {plain(data.region)}{commit}, {plain(data.created)}.{again}{price}\n\n"
        "| layer | status | resources | add | change | replace | destroy |\n|---|---|--:|--:|--:|--:|--:|\n" + rows
    )


def _change(change: Change) -> str:
    lines = "".join(_line(line) for line in change.attributes)
    return f"\n**{plain(change.layer)}** {code(change.address)}\n{lines}"


def _line(line: AttributeChange) -> str:
    forced = " **forces replacement**" if line.forces_replacement else ""
    if line.after is None:
        return f"- {code(line.path)}: {_value(line.before)} removed{forced}\n"
    if line.before is None:
        return f"- {code(line.path)}: {_value(line.after)}{forced}\n"
    return f"- {code(line.path)}: {_value(line.before)} → {_value(line.after)}{forced}\n"


def _folded(entries: list[str], what: str) -> Iterator[str]:
    """A list, behind a line to open when it is a long one."""
    if len(entries) <= FOLD_FROM_ENTRIES:
        yield from entries
        return
    yield f"\n{_OPEN}{len(entries)} {what}</summary>\n\n"
    yield from entries
    yield _CLOSE


def _added(found: list[Change]) -> list[str]:
    """New resources by address only: the HTML page has their attributes."""
    return [f"- {plain(change.layer)} {code(change.address)}\n" for change in found]


def _scan(view: ReportView) -> Iterator[str]:
    verdict = view.data.verdict
    if verdict is None:
        return
    yield (
        f"\n### Scan: {view.gate[1]}\nChecks: {verdict.checks_run}, resources: {verdict.resources_seen}, "
        f"findings: {len(verdict.findings)}, waivers in force: {len(verdict.waived)}.\n"
    )
    for problem in verdict.problems:
        yield f"- **problem** {plain(view.scrub(problem))}\n"
    for finding in verdict.findings:
        yield f"- **{code(finding.check)}** {code(finding.address)}: {plain(view.scrub(finding.text))}\n"
    waived = [
        f"- waived {code(item.waiver.check)} {code(item.finding.address)} until {item.waiver.expires.isoformat()} "
        f"({plain(item.waiver.owner)}): {plain(item.waiver.reason)}\n"
        for item in verdict.waived
    ]
    yield from _folded(waived, "waived findings")


def _cost(cost: Estimate, before: Estimate | None) -> str:
    """Price by layer, with a column for the price before if it is known."""
    rows = ""
    for row in price_rows(cost, before):
        figures = (*((row.before.expected,) if before else ()), row.after.low, row.after.expected, row.after.high)
        rows += f"| {' | '.join([plain(row.layer), *map(usd, figures)])} |\n"
    said = "".join(f"- {plain(remark)}\n" for remark in remarks(cost))
    said += "".join(f"- no price: {code(each.address)}: {plain(each.reason)}\n" for each in cost.unpriced)
    columns = ("layer", *(("before",) if before else ()), "low", "expected", "high")
    table = f"| {' | '.join(columns)} |\n|---|{'--:|' * (len(columns) - 1)}\n{rows}"
    return f"\n### Price: {price_headline(cost, before)}\n\n{table}\n{said}"


def _road(road: KeptRoad) -> str:
    """One line, and one for each hop that refused; the page draws the road."""
    refused = "".join(
        f"- **refused** at {plain(step.hop)}: {plain(step.did)} ({plain(step.decided)})\n"
        for step in road.steps
        if step.refused
    )
    how = f"{road.status}, ended with {plain(road.ended)}" if road.ended else str(road.status)
    took = f"{len(road.steps)} hops in {road.steps[-1].ms:.1f} ms, traced on {plain(road.traced)}"
    return f"\n### The road of a request: {how}\n{took}.\n{refused}{_spans(road)}"


def _spans(road: KeptRoad) -> str:
    """One line, and one for each span that failed; the page draws them."""
    if not road.spans:
        return ""
    whole = max(span.start_ms + span.ms for span in road.spans)
    failed = "".join(
        f"- **failed**: span {plain(span.name)}, {plain(span.status)}\n" for span in road.spans if span.failed
    )
    return f"Spans of the task: {len(road.spans)}, {whole:.1f} ms from the first to the last.\n{failed}"


def _value(text: str | None) -> str:
    if text is None:
        return "(none)"
    return code(text if len(text) <= FOLD_FROM_CHARACTERS else text[:FOLD_FROM_CHARACTERS] + "…")


def plain(text: str) -> str:
    """Text with nothing that Markdown or HTML would act on: no tag, link, mention, table cell or new line."""
    flat = html.escape(" ".join(str(text).split()), quote=False)
    return _ACTIVE.sub(lambda found: f"&#{ord(found[0])};", flat)


def code(text: str) -> str:
    """A code span on one line; HTML tags of its own, because backticks can't hold every text."""
    return f"<code>{plain(text)}</code>"
