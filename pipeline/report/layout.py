"""Layout of the architecture picture. Coordinates are SVG user units; the picture is 1200 wide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.report.architecture import Card, DrawnSubnet, Picture
from pipeline.report.kinds import BANDS, COLUMNS, Column

WIDTH = 1200
CARD_WIDTH, CARD_HEIGHT, ROW = 164, 78, 112
COLUMN_X: dict[Column, int] = {"edge": 118, "entry": 346, "compute": 556, "data": 766, "services": 1006}
USERS_X, USERS_WIDTH = 14, 60
TOP = 40
# Height from the top of a region to its first row of cards: a heading, and lanes for lines above the cards.
HEAD = 62
VPC_LEFT, VPC_RIGHT = 326, 950
REGION_LEFT, REGION_RIGHT = 308, 1190
SUBNET_HEIGHT, SUBNET_GAP = 24, 6
BAND_GAP, BAND_PAD, BAND_CARD_HEIGHT = 16, 14, 64
BAND_COLUMNS = 6
BAND_CARD_WIDEST = 230.0


@dataclass(frozen=True)
class Box:
    """A rectangle; `x` and `y` are its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """x of the right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """y of the lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """y half-way down."""
        return self.y + self.height / 2


@dataclass(frozen=True)
class Zone:
    """An availability zone: its box and its subnets' boxes."""

    name: str
    box: Box
    subnets: tuple[tuple[DrawnSubnet, Box], ...]


@dataclass(frozen=True)
class RegionPanel:
    """A region: its box, its VPC's box and card (None for an existing VPC), and its zones."""

    name: str
    box: Box
    vpc: Box
    network: Card | None
    zones: tuple[Zone, ...]


@dataclass
class Layout:
    """Boxes of the cards by id, of the regions, and of the labelled `bands` below the request path."""

    cards: dict[str, Box] = field(default_factory=dict)
    panels: list[RegionPanel] = field(default_factory=list)
    bands: list[tuple[str, Box]] = field(default_factory=list)
    users: Box = field(default_factory=lambda: Box(USERS_X, TOP + HEAD, USERS_WIDTH, CARD_HEIGHT))
    height: float = 0


def arrange_cards(picture: Picture) -> Layout:
    """Arrange the request path on top, with one panel per region, and bands of all other cards below."""
    layout = Layout()
    first_row = TOP + HEAD
    for row, card in enumerate(picture.at("edge", "global")):
        layout.cards[card.id] = Box(COLUMN_X["edge"], first_row + row * ROW, CARD_WIDTH, CARD_HEIGHT)
    top: float = TOP
    for region in picture.regions:
        panel = _panel(picture, region, top, layout)
        layout.panels.append(panel)
        top = panel.box.bottom + 44
    bottom = max([box.bottom for box in layout.cards.values()] + [panel.box.bottom for panel in layout.panels] + [TOP])
    layout.height = _bands(picture, bottom + 24, layout)
    return layout


def _panel(picture: Picture, region: str, top: float, layout: Layout) -> RegionPanel:
    columns = {column: picture.at(column, region) for column in COLUMNS if column != "edge"}
    for column, cards in columns.items():
        for row, card in enumerate(cards):
            layout.cards[card.id] = Box(COLUMN_X[column], top + HEAD + row * ROW, CARD_WIDTH, CARD_HEIGHT)
    inside = max([len(columns[column]) for column in ("entry", "compute", "data")] + [1])
    zones = tuple(_zones(picture.subnets.get(region, ()), top + HEAD + inside * ROW + 16))
    vpc_bottom = max([zone.box.bottom + 16 for zone in zones] + [top + HEAD + inside * ROW])
    bottom = max(vpc_bottom, top + HEAD + len(columns["services"]) * ROW - 18) + 14
    network = next(iter(picture.at("network", region)), None)
    vpc = Box(VPC_LEFT, top + 6, VPC_RIGHT - VPC_LEFT, vpc_bottom - top - 6)
    if network is not None:
        layout.cards[network.id] = vpc
    return RegionPanel(
        region, Box(REGION_LEFT, top - 24, REGION_RIGHT - REGION_LEFT, bottom - top + 24), vpc, network, zones
    )


def _zones(subnets: tuple[DrawnSubnet, ...], top: float) -> Iterator[Zone]:
    names = sorted({subnet.zone for subnet in subnets})
    gap = 12
    width = (VPC_RIGHT - VPC_LEFT - 40 - gap * (len(names) - 1)) / max(len(names), 1)
    rows = max((sum(subnet.zone == name for subnet in subnets) for name in names), default=0)
    for index, name in enumerate(names):
        box = Box(VPC_LEFT + 20 + index * (width + gap), top, width, 30 + rows * (SUBNET_HEIGHT + SUBNET_GAP) + 4)
        own = [subnet for subnet in subnets if subnet.zone == name]
        yield Zone(
            name,
            box,
            tuple(
                (subnet, Box(box.x + 10, top + 28 + row * (SUBNET_HEIGHT + SUBNET_GAP), width - 20, SUBNET_HEIGHT))
                for row, subnet in enumerate(own)
            ),
        )


def _bands(picture: Picture, top: float, layout: Layout) -> float:
    """Arrange bands in rows of at most BAND_COLUMNS cards, each over the whole width; return the lower edge."""
    row: list[tuple[str, tuple[Card, ...]]] = []
    used = 0
    for place, label in BANDS.items():
        cards = picture.at(place, "global")
        columns = min(len(cards), BAND_COLUMNS)
        if cards and used + columns > BAND_COLUMNS:
            top = _band_row(row, top, layout)
            row, used = [], 0
        if cards:
            row.append((label, cards))
            used += columns
    return _band_row(row, top, layout) if row else top


def _band_row(row: list[tuple[str, tuple[Card, ...]]], top: float, layout: Layout) -> float:
    total = sum(min(len(cards), BAND_COLUMNS) for _, cards in row)
    room = WIDTH - 20 - BAND_GAP * (len(row) - 1) - 2 * BAND_PAD * len(row)
    gap = 10.0
    left, lowest = 10.0, top
    for label, cards in row:
        columns = min(len(cards), BAND_COLUMNS)
        share = room * columns / total
        width = min((share - gap * (columns - 1)) / columns, BAND_CARD_WIDEST)
        lines = -(-len(cards) // columns)
        box = Box(left, top, columns * (width + gap) - gap + 2 * BAND_PAD, 34 + lines * (BAND_CARD_HEIGHT + gap) + 4)
        layout.bands.append((label, box))
        for index, card in enumerate(cards):
            x = left + BAND_PAD + (index % columns) * (width + gap)
            y = top + 32 + (index // columns) * (BAND_CARD_HEIGHT + gap)
            layout.cards[card.id] = Box(x, y, width, BAND_CARD_HEIGHT)
        left, lowest = box.right + BAND_GAP, max(lowest, box.bottom)
    return lowest + BAND_GAP
