"""One graph as SVG: axes, lines, thresholds and legend."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from tools.dashboards.boards import Line, Threshold, Widget
from tools.dashboards.sample import values_of

COLOURS = ("#1f77b4", "#2ca02c", "#9467bd", "#8c564b", "#e377c2", "#17becf", "#bcbd22", "#7f7f7f")
# Room for the title, the values at the left, the times below, and a line of the legend.
TITLE, LEFT, RIGHT, TIMES, LEGEND = 30, 46, 12, 18, 15
# Width of a character of a label, a little wide, so that text never overflows.
_CHARACTER = 6.7
Point = tuple[float, float]


def draw_graph(widget: Widget, x: float, y: float, width: float, height: float) -> Iterator[str]:
    """Elements of a graph inside a box."""
    drawn = [(line, values_of(line)) for line in widget.lines]
    rows = math.ceil(len(drawn) / 2)
    top, bottom = y + TITLE + 6, y + height - TIMES - rows * LEGEND - 8
    left, right = x + LEFT, x + width - RIGHT
    most = _round_up(max([0.0, *(each for _, some in drawn for each in some), *(t.value for t in widget.thresholds)]))
    yield f'<text x="{x + 12:g}" y="{y + 20:g}" class="title">{escape(widget.title)}</text>'
    yield from _grid(left, right, top, bottom, most)
    yield from _times(widget, left, right, bottom + 14)
    for at, (_, some) in enumerate(drawn):
        points = " ".join(f"{px:.1f},{py:.1f}" for px, py in _points(some, most, left, right, top, bottom))
        yield f'<polyline points="{points}" fill="none" stroke="{COLOURS[at % len(COLOURS)]}" stroke-width="1.6"/>'
    yield from _crossing(widget.thresholds, most, left, right, top, bottom)
    yield from _legend([line for line, _ in drawn], x + 12, bottom + TIMES + 12, (width - 24) / 2)


def _points(
    values: Sequence[float], most: float, left: float, right: float, top: float, bottom: float
) -> Iterator[Point]:
    step = (right - left) / (len(values) - 1)
    for at, value in enumerate(values):
        yield left + at * step, bottom - (bottom - top) * value / most


def _grid(left: float, right: float, top: float, bottom: float, most: float) -> Iterator[str]:
    for part in range(3):
        height = bottom - (bottom - top) * part / 2
        yield f'<line x1="{left:g}" y1="{height:g}" x2="{right:g}" y2="{height:g}" class="grid"/>'
        yield f'<text x="{left - 6:g}" y="{height + 4:g}" class="value">{_short(most * part / 2)}</text>'


def _times(widget: Widget, left: float, right: float, y: float) -> Iterator[str]:
    first = f"{widget.days} days ago" if widget.days else "3 hours ago"
    yield f'<text x="{left:g}" y="{y:g}" class="time">{first}</text>'
    yield f'<text x="{right:g}" y="{y:g}" class="time" text-anchor="end">now</text>'


def _crossing(
    thresholds: Sequence[Threshold], most: float, left: float, right: float, top: float, bottom: float
) -> Iterator[str]:
    """Dashed lines with their labels above them, or below where there is no room, and never on each other."""
    taken: list[float] = []
    for each in sorted(thresholds, key=lambda one: -one.value):
        height = bottom - (bottom - top) * each.value / most
        text = height - 4
        while text < top + 8 or any(abs(text - other) < 12 for other in taken):
            text += 12
        taken.append(text)
        yield (
            f'<line x1="{left:g}" y1="{height:.1f}" x2="{right:g}" y2="{height:.1f}" stroke="{each.colour}" '
            'stroke-width="1.4" stroke-dasharray="6 3"/>'
        )
        label = _cut(each.label, right - left)
        yield f'<text x="{right - 4:g}" y="{text:.1f}" class="limit" style="fill:{each.colour}">{escape(label)}</text>'


def _legend(lines: Sequence[Line], x: float, y: float, width: float) -> Iterator[str]:
    for at, line in enumerate(lines):
        left, top = x + at % 2 * width, y + at // 2 * LEGEND
        yield f'<rect x="{left:g}" y="{top - 8:g}" width="9" height="9" fill="{COLOURS[at % len(COLOURS)]}"/>'
        yield f'<text x="{left + 14:g}" y="{top:g}" class="legend">{escape(_cut(line.label, width - 20))}</text>'


def _cut(label: str, room: float) -> str:
    longest = int(room / _CHARACTER)
    return label if len(label) <= longest else f"{label[: longest - 1]}…"


def _round_up(value: float) -> float:
    """The next of 1, 1.5, 2, 3, 5 or 8 times a power of ten that leaves some room above."""
    if value <= 0:
        return 1.0
    scale = 10.0 ** math.floor(math.log10(value))
    return next(step * scale for step in (1, 1.2, 1.5, 2, 3, 4, 5, 6, 8, 10, 12) if step * scale >= value * 1.08)


def _short(value: float) -> str:
    """A value in few characters."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"
