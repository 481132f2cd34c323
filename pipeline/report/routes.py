"""Routes of the lines between cards: right angles through the gaps between columns and rows, never across a card."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from pipeline.report.architecture import Link, Picture
from pipeline.report.kinds import COLUMNS
from pipeline.report.layout import COLUMN_X, Box, Layout

Point = tuple[float, float]
_RADIUS = 6.0
_LANE = 6.0
# Narrower than _LANE: the gap right of the edge column ends at the border of the region.
_OUT_LANE = 4.0


@dataclass(frozen=True)
class LinkRoute:
    """A drawn link, in the request's direction, even where the reference is the other way (a service names its ALB)."""

    link: Link
    points: tuple[Point, ...]

    @property
    def path(self) -> str:
        """SVG path data."""
        return _rounded(self.points)


def drawn_links(picture: Picture) -> tuple[Link, ...]:
    """Links that get a line: those between cards of the request path, one per pair."""
    places = {card.id: card.kind.place for card in picture.cards}
    chosen: dict[frozenset[str], Link] = {}
    for link in picture.links:
        if places[link.source] not in COLUMNS or places[link.target] not in COLUMNS:
            continue
        pair = frozenset({link.source, link.target})
        if pair not in chosen or (chosen[pair].granted and not link.granted):
            chosen[pair] = link
    return tuple(chosen[pair] for pair in sorted(chosen, key=sorted))


def plan_routes(picture: Picture, layout: Layout) -> tuple[LinkRoute, ...]:
    """One route per drawn link, left to right as the request runs."""
    planner = _Planner(layout)
    found = []
    for link in drawn_links(picture):
        start, end = layout.cards[link.source], layout.cards[link.target]
        if end.x < start.x:
            start, end = end, start
        found.append(LinkRoute(link, planner.points(start, end)))
    return tuple(found)


class _Planner:
    """Assigns lanes, so that lines from different cards don't overlap."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._columns = sorted(COLUMN_X.values())
        rows: dict[float, int] = defaultdict(int)
        self._row: dict[Point, int] = {}
        for x, y in sorted({(box.x, box.y) for box in layout.cards.values()}):
            self._row[x, y] = rows[x]
            rows[x] += 1
        self._lanes: dict[float, list[Point]] = defaultdict(list)

    def points(self, start: Box, end: Box) -> tuple[Point, ...]:
        """Corners of the line from `start` to `end`."""
        if start.x == end.x:
            return self._beside(start, end)
        out = start.right + 10 + _OUT_LANE * min(self._row[start.x, start.y], 3)
        if self._columns.index(round(end.x)) - self._columns.index(round(start.x)) == 1:
            if start.middle == end.middle:
                return (start.right, start.middle), (end.x, end.middle)
            return (start.right, start.middle), (out, start.middle), (out, end.middle), (end.x, end.middle)
        over = self._passage(start, end)
        lane = self._lane(over, (start.x, start.y))
        channel, entry = over - 9 - _LANE * lane, end.x - 14 - _LANE * lane
        return (
            (start.right, start.middle),
            (out, start.middle),
            (out, channel),
            (entry, channel),
            (entry, end.middle),
            (end.x, end.middle),
        )

    def _passage(self, start: Box, end: Box) -> float:
        """y of the row above which a line crosses the columns between: their lowest card not below the target."""
        between = [
            box.y
            for box in self._layout.cards.values()
            if start.x < box.x < end.x and box.y <= end.y and round(box.x) in self._columns
        ]
        return max(between, default=end.y)

    def _lane(self, over: float, source: Point) -> int:
        users = self._lanes[over]
        if source not in users:
            users.append(source)
        return min(users.index(source), 3)

    def _beside(self, start: Box, end: Box) -> tuple[Point, ...]:
        upper, lower = sorted((start, end), key=lambda box: box.y)
        if self._row[lower.x, lower.y] - self._row[upper.x, upper.y] == 1:
            x = start.x + start.width / 2
            line = ((x, upper.bottom), (x, lower.y))
            return line if start is upper else (line[1], line[0])
        side = start.x - 8 - 5 * (self._row[upper.x, upper.y] % 2)
        return (start.x, start.middle), (side, start.middle), (side, end.middle), (end.x, end.middle)


def _rounded(points: tuple[Point, ...]) -> str:
    """An SVG path along `points` with rounded corners."""
    parts = [f"M{points[0][0]:g} {points[0][1]:g}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        start, end = _towards(corner, before), _towards(corner, after)
        parts.append(f"L{start[0]:g} {start[1]:g}Q{corner[0]:g} {corner[1]:g} {end[0]:g} {end[1]:g}")
    return "".join([*parts, f"L{points[-1][0]:g} {points[-1][1]:g}"])


def _towards(corner: Point, other: Point) -> Point:
    length = abs(other[0] - corner[0]) + abs(other[1] - corner[1])
    step = min(_RADIUS, length / 2) / length if length else 0
    return corner[0] + (other[0] - corner[0]) * step, corner[1] + (other[1] - corner[1]) * step
