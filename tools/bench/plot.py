"""Plot of the results: bars with their spread, as SVG written by hand; one plot isn't worth a plotting library."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from tools.bench.results import Figure

WIDTH, LABEL_WIDTH, VALUE_WIDTH = 760, 210, 90
BAR, GAP, TITLE = 18, 8, 34
Panel = tuple[str, str, Sequence[tuple[str, Figure]]]


def plot_svg(panels: Sequence[Panel]) -> str:
    """SVG of panels (title, unit, bars) below each other; the line at a bar's end goes from lowest to highest."""
    parts: list[str] = []
    top = 0
    for title, unit, bars in panels:
        if bars:
            parts += _panel(title, unit, bars, top)
            top += TITLE + len(bars) * (BAR + GAP) + GAP
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top}" '
        f'font-family="sans-serif" font-size="13">'
    )
    return "\n".join([head, f'<rect width="{WIDTH}" height="{top}" fill="white"/>', *parts, "</svg>"]) + "\n"


def _rounded(value: float) -> str:
    """Value with three digits; larger values in full, without exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _panel(title: str, unit: str, bars: Sequence[tuple[str, Figure]], top: int) -> list[str]:
    scale = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / max(figure.high for _, figure in bars)
    parts = [f'<text x="8" y="{top + 22}" font-weight="bold">{escape(title)}</text>']
    for number, (label, figure) in enumerate(bars):
        y = top + TITLE + number * (BAR + GAP)
        middle, text = y + BAR // 2, y + BAR - 5
        low, high = (LABEL_WIDTH + value * scale for value in (figure.low, figure.high))
        parts += [
            f'<text x="{LABEL_WIDTH - 8}" y="{text}" text-anchor="end">{escape(label)}</text>',
            f'<rect x="{LABEL_WIDTH}" y="{y}" width="{figure.median * scale:.1f}" height="{BAR}" fill="#4c78a8"/>',
            f'<line x1="{low:.1f}" y1="{middle}" x2="{high:.1f}" y2="{middle}" stroke="#222" stroke-width="2"/>',
            f'<text x="{high + 8:.1f}" y="{text}">{_rounded(figure.median)} {escape(unit)}</text>',
        ]
    return parts
