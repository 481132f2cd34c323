"""A dashboard as SVG, written by hand like other pictures here; two aren't worth a plotting library."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from html import escape

from tools.dashboards.boards import Board, Told, Widget
from tools.dashboards.graph import draw_graph
from tools.dashboards.sample import rings

# Pixels of a column and of a row of CloudWatch's grid, the space between widgets, and that of the note above all.
COLUMN, ROW, GAP, NOTE = 52, 44, 8, 30
COLUMNS = 24
TILES, TILE = 6, 38
# Letters in a line of text as wide as the dashboard.
LETTERS = 165
SAMPLE = "SAMPLE: made-up values from a fixed seed, to show what the dashboard looks like. Not a measurement."
_STYLE = """
text { font-family: "Amazon Ember", "Helvetica Neue", Arial, sans-serif; fill: #16191f; font-size: 12px }
.head { font-size: 22px; font-weight: bold }
.section { font-size: 16px; font-weight: bold }
.said { font-size: 12px; fill: #414d5c }
.title { font-size: 13px; font-weight: bold }
.value, .time, .legend { font-size: 11px; fill: #414d5c }
.value { text-anchor: end }
.limit { font-size: 11px; text-anchor: end; font-weight: bold }
.limit { paint-order: stroke; stroke: #ffffff; stroke-width: 3px }
.grid { stroke: #e3e6ea; stroke-width: 1 }
.box { fill: #ffffff; stroke: #d5dbdb }
.sample { fill: #5f3b00; font-weight: bold }
.ok { fill: #e9f5e9; stroke: #1d8102 }
.ring { fill: #fdecea; stroke: #d13212; stroke-width: 2 }
""".strip()


def draw_board(board: Board, alarms: Mapping[str, Told], *, prefix: str) -> str:
    """The whole picture. `prefix` begins the names of all alarms, and is left out."""
    width = COLUMNS * COLUMN + GAP
    height = NOTE + max(y + tall for _, y, _, tall in (each.box for each in board.widgets)) * ROW + GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="The dashboard {board.name}, with sample values">',
        f"<style>{_STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#f2f3f3"/>',
        f'<rect width="{width}" height="{NOTE - 6}" fill="#fff3cd"/>',
        f'<text x="{GAP + 4}" y="17" class="sample">{escape(SAMPLE)}</text>',
    ]
    for widget in board.widgets:
        x, y, wide, tall = widget.box
        box = (GAP + x * COLUMN, NOTE + y * ROW, wide * COLUMN - GAP, tall * ROW - GAP)
        parts += _widget(widget, box, alarms, prefix)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _widget(widget: Widget, box: tuple[int, int, int, int], alarms: Mapping[str, Told], prefix: str) -> Iterator[str]:
    x, y, width, height = box
    if widget.kind == "text":
        yield from _text(widget.title, x, y)
        return
    yield f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="4" class="box"/>'
    if widget.kind == "alarm":
        yield from _states(widget, x, y, width, alarms, prefix)
    else:
        yield from draw_graph(widget, x, y, width, height)


def _text(markdown: str, x: int, y: int) -> Iterator[str]:
    """Headings and lines; marks of code are left out."""
    below = y + 24
    for line in (each.replace("`", "") for each in markdown.splitlines() if each):
        style = "head" if line.startswith("# ") else "section" if line.startswith("## ") else "said"
        for part in textwrap.wrap(line.lstrip("# "), LETTERS):
            yield f'<text x="{x + 4}" y="{below}" class="{style}">{escape(part)}</text>'
            below += 22 if style == "section" else 18


def _states(widget: Widget, x: int, y: int, width: int, alarms: Mapping[str, Told], prefix: str) -> Iterator[str]:
    """A tile an alarm: those that ring first, as CloudWatch sorts them here."""
    yield f'<text x="{x + 12}" y="{y + 20}" class="title">{escape(widget.title)}</text>'
    wide = (width - 16) / TILES
    for at, name in enumerate(sorted(widget.alarms, key=lambda each: not rings(each))):
        left, top = x + 8 + at % TILES * wide, y + 30 + at // TILES * (TILE + 6)
        state, told = ("ALARM", "ring") if rings(name) else ("OK", "ok")
        severity = alarms[name].text.severity or "told by another"
        yield (
            f'<rect x="{left + 3:.1f}" y="{top:g}" width="{wide - 6:.1f}" height="{TILE}" rx="3" class="{told}"/>'
            f'<text x="{left + 11:.1f}" y="{top + 16:g}">{escape(name.removeprefix(prefix))}</text>'
            f'<text x="{left + 11:.1f}" y="{top + 31:g}" class="legend">{state}, {severity}</text>'
        )
