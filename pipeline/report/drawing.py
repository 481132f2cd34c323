"""Draw the architecture picture as inline SVG, built as an element tree: always well-formed, every text escaped."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from pipeline.report.architecture import Card, Picture
from pipeline.report.changes import ORDER, SIGNS
from pipeline.report.kinds import COLUMNS
from pipeline.report.layout import (
    CARD_HEIGHT,
    CARD_WIDTH,
    COLUMN_X,
    TOP,
    WIDTH,
    Box,
    Layout,
    RegionPanel,
    arrange_cards,
)
from pipeline.report.routes import LinkRoute, plan_routes
from pipeline.report.svg import draw_rect, draw_text, wrap_words

_HEADINGS = {"edge": "Edge", "entry": "Entry", "compute": "Compute", "data": "Private data", "services": "AWS services"}
_WIDE_SUBNET = 200


def draw_picture(picture: Picture) -> str:
    """The SVG text of a picture."""
    layout = arrange_cards(picture)
    lines = plan_routes(picture, layout)
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "picture",
            "role": "img",
            "viewBox": f"0 0 {WIDTH} {layout.height:g}",
            "aria-label": "Architecture",
        },
    )
    _arrowheads(root)
    for panel in layout.panels:
        _panel(root, panel)
    for label, box in layout.bands:
        draw_rect(root, box, "panel band", 10)
        draw_text(root, box.x + 14, box.y + 21, label, "heading", box.width - 28)
    _columns(root, picture)
    for route in lines:
        _route(root, route)
    _users(root, picture, layout)
    for card in picture.cards:
        if card.kind.place != "network":
            _card(root, card, layout.cards[card.id], picture)
    return ET.tostring(root, encoding="unicode")


def _arrowheads(root: ET.Element) -> None:
    defs = ET.SubElement(root, "defs")
    for name in ("arrow", "arrow-traffic"):
        _arrowhead(defs, name)


def _arrowhead(defs: ET.Element, name: str) -> None:
    marker = ET.SubElement(
        defs,
        "marker",
        {
            "id": name,
            "viewBox": "0 0 8 8",
            "refX": "7",
            "refY": "4",
            "markerWidth": "7",
            "markerHeight": "7",
            "orient": "auto-start-reverse",
        },
    )
    ET.SubElement(marker, "path", {"d": "M0 0.5L7.5 4L0 7.5z", "class": f"{name}-head"})


def _columns(root: ET.Element, picture: Picture) -> None:
    used = {card.kind.place for card in picture.cards}
    for column, x in COLUMN_X.items():
        if column in used:
            draw_text(root, x, TOP + 26, _HEADINGS[column], "column", CARD_WIDTH)


def _panel(root: ET.Element, panel: RegionPanel) -> None:
    draw_rect(root, panel.box, "panel region", 14)
    draw_text(root, panel.box.x + 14, panel.box.y + 19, panel.name, "heading", 300)
    network = panel.network
    group = ET.SubElement(root, "g", _card_attributes(network) if network else {"class": "card"})
    if network:
        ET.SubElement(group, "title").text = _tooltip(network)
    draw_rect(group, panel.vpc, "panel vpc", 12)
    label = f"VPC · {network.caption}" if network and network.caption else "VPC" if network else "VPC (existing)"
    draw_text(
        group,
        panel.vpc.x + 20,
        panel.vpc.bottom - 10 if not panel.zones else panel.zones[0].box.y - 8,
        label,
        "vpc-label",
        panel.vpc.width - 40,
        13.5,
    )
    if network:
        _badge(group, network, panel.vpc.right - 12, panel.vpc.y)
    for zone in panel.zones:
        draw_rect(root, zone.box, "zone", 8)
        draw_text(root, zone.box.x + 10, zone.box.y + 18, zone.name, "zone-label", zone.box.width - 20)
        for subnet, box in zone.subnets:
            draw_rect(root, box, f"subnet {subnet.label}" + (f" is-{subnet.worst}" if subnet.worst else ""), 5)
            draw_text(
                root,
                box.x + 10,
                box.y + 16,
                subnet.label if box.width < _WIDE_SUBNET else f"{subnet.label} subnet",
                "small strong",
                box.width - 110,
            )
            draw_text(root, box.right - 10, box.y + 16, subnet.cidr, "small end", 100)


def _users(root: ET.Element, picture: Picture, layout: Layout) -> None:
    first = next((card for kind in ("cdn", "alb") for card in picture.cards if card.kind.id == kind), None)
    if first is None:
        return
    target, box = layout.cards[first.id], layout.users
    y = target.middle
    group = ET.SubElement(root, "g", {"class": "users"})
    x = box.x + box.width / 2
    ET.SubElement(group, "circle", {"cx": f"{x:g}", "cy": f"{y - 14:g}", "r": "9"})
    ET.SubElement(group, "path", {"d": f"M{x - 17:g} {y + 15:g}a17 17 0 0 1 34 0z"})
    draw_text(group, x, y + 32, "Users", "small middle", 60)
    ET.SubElement(
        root,
        "path",
        {"class": "link traffic", "marker-end": "url(#arrow)", "d": f"M{box.right:g} {y:g}L{target.x:g} {y:g}"},
    )


def _route(root: ET.Element, route: LinkRoute) -> None:
    link = route.link
    attributes = {
        "class": "link granted" if link.granted else "link",
        "d": route.path,
        "data-from": link.source,
        "data-to": link.target,
        "marker-end": "url(#arrow)",
    }
    line = ET.SubElement(root, "path", attributes)
    uses = [f"{source.name} → {target.name}" for source, target in link.uses]
    ET.SubElement(line, "title").text = "\n".join(uses[:12] + ([f"and {len(uses) - 12} more"] if uses[12:] else []))


def _card(root: ET.Element, card: Card, box: Box, picture: Picture) -> None:
    group = ET.SubElement(root, "g", _card_attributes(card))
    ET.SubElement(group, "title").text = _tooltip(card)
    draw_rect(group, box, "face", 9)
    side = 30.0
    icon = Box(box.x + 10, box.middle - side / 2, side, side)
    draw_rect(group, icon, f"icon {card.kind.hue}", 7)
    draw_text(group, icon.x + side / 2, icon.middle + 3.5, card.kind.mark, "mark middle", side + 6)
    left, room = icon.right + 9, box.right - icon.right - 17
    count = f" \N{MULTIPLICATION SIGN}{card.majors}" if card.majors > 1 else ""
    small = wrap_words(card.caption or _used_by(card, picture), room, 2 if box.height >= CARD_HEIGHT else 1)
    rows = [(card.kind.label + count, "title", 12.4)]
    rows += [(line, "small", 10.5) for line in small]
    rows.append((_origin(card), "small faint", 10.5))
    y = box.middle - (len(rows) - 1) * 7.5 + 4
    for words, style, size in rows:
        draw_text(group, left, y, words, style, room, size)
        y += 15
    _badge(group, card, box.right - 6, box.y)


def _used_by(card: Card, picture: Picture) -> str:
    """Caption of a card without lines: what it watches, or how many cards use it."""
    if card.kind.place in COLUMNS:
        return ""
    kinds = {other.id: other.kind for other in picture.cards}
    uses = [kinds[link.target] for link in picture.links if link.source == card.id and not link.granted]
    watched = [kind.label for kind in uses if kind.place in COLUMNS or kind.place == "network"]
    users = {link.source for link in picture.links if link.target == card.id}
    if card.kind.place == "observability" and watched:
        return f"on {', '.join(dict.fromkeys(watched))}"
    return f"used by {len(users)} part{'s' if len(users) != 1 else ''}" if users else ""


def _origin(card: Card) -> str:
    """The card's layer, or the number of its layers, and the number of its minor resources."""
    layers = sorted({address.layer for address in card.members})
    rest = len(card.members) - (card.majors or 1)
    return (layers[0] if len(layers) == 1 else f"{len(layers)} layers") + (f" +{rest}" if rest > 0 else "")


def _tooltip(card: Card) -> str:
    return "\n".join([card.kind.label, *(f"{address.layer} {address.name}" for address in card.members)])


def _card_attributes(card: Card) -> dict[str, str]:
    return {
        "class": f"card is-{card.worst}" if card.worst else "card",
        "data-card": card.id,
        "data-resources": str(len(card.members)),
    }


def _badge(group: ET.Element, card: Card, right: float, middle: float) -> None:
    """Draw the plan's actions on this card's resources as coloured counts on its upper edge."""
    for action in reversed(ORDER):
        if not (count := card.marks.get(action)):
            continue
        words = f"{SIGNS[action]}{count}"
        width = 9 + 7.0 * len(words)
        box = Box(right - width, middle - 8, width, 16)
        draw_rect(group, box, f"badge is-{action}", 8)
        draw_text(group, box.x + width / 2, middle + 4, words, "badge-text middle", width + 8)
        right = box.x - 3
