"""Shapes of the architecture picture, as SVG elements."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from pipeline.report.layout import Box

# Average character width of the system fonts, as a share of the font size; a little wide, so that text never overflows.
_ADVANCE = 0.56


def draw_rect(parent: ET.Element, box: Box, style: str, radius: float) -> None:
    """Add a rectangle with rounded corners; its colours come from `style`, a CSS class."""
    ET.SubElement(
        parent,
        "rect",
        {
            "x": f"{box.x:g}",
            "y": f"{box.y:g}",
            "width": f"{box.width:g}",
            "height": f"{box.height:g}",
            "rx": f"{radius:g}",
            "class": style,
        },
    )


def draw_text(parent: ET.Element, x: float, y: float, words: str, style: str, room: float, size: float = 11.0) -> None:
    """Add text, cut to the width `room`; the card's tooltip has it whole."""
    longest = max(int(room / (size * _ADVANCE)), 3)
    shown = words if len(words) <= longest else words[: longest - 1].rstrip(" ,·") + "…"
    ET.SubElement(parent, "text", {"x": f"{x:g}", "y": f"{y:g}", "class": style}).text = shown


def wrap_words(words: str, room: float, lines: int) -> list[str]:
    """Break `words` at dots or commas into at most `lines` lines; the last one may still be too long."""
    found: list[str] = []
    for part in re.split(r" · |(?<=,) ", words):
        joint = " " if found and found[-1].endswith(",") else " · "
        fits = bool(found) and len(found[-1] + joint + part) * 10.5 * _ADVANCE <= room
        if fits or len(found) == lines:
            found[-1] += joint + part
        elif part:
            found.append(part)
    return found
