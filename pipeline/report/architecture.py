"""The architecture picture as data: cards with their resources, links between cards, and subnets."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.report.captions import card_caption, literal_setting
from pipeline.report.changes import ORDER, Action, Change
from pipeline.report.kinds import BANDS, CARD_KINDS, COLUMNS, CardKind, card_kind
from pipeline.report.references import Address, References
from pipeline.synth.layers import Synthesis

_REGION = re.compile(r"-((?:[a-z]{2}-)(?:gov-)?[a-z]+-\d)$")
_GLOBAL_PLACES = {"edge", *BANDS}
# Types that attach permissions to a role.
_GRANTS = frozenset({"aws_iam_role_policy", "aws_iam_role_policy_attachment"})


@dataclass(frozen=True)
class Card:
    """A node of the picture: all resources of a kind in a region. `marks` counts a plan's actions on them."""

    kind: CardKind
    region: str
    members: tuple[Address, ...]
    majors: int
    caption: str
    marks: Mapping[Action, int]

    @property
    def id(self) -> str:
        """Id in the SVG: "kind@region"."""
        return f"{self.kind.id}@{self.region}"

    @property
    def worst(self) -> Action | None:
        """The most dangerous action on the card's resources."""
        return next((action for action in ORDER if self.marks.get(action)), None)


@dataclass(frozen=True)
class Link:
    """Resources of card `source` use resources of card `target`; `granted` when only an IAM policy refers to them."""

    source: str
    target: str
    uses: tuple[tuple[Address, Address], ...]
    granted: bool


@dataclass(frozen=True)
class DrawnSubnet:
    """A subnet in the picture; `worst` is the plan's action on it."""

    zone: str
    label: str
    cidr: str
    worst: Action | None


@dataclass(frozen=True)
class Picture:
    """Cards, links and subnets by region (home region first). Each managed resource is on exactly one card."""

    cards: tuple[Card, ...]
    links: tuple[Link, ...]
    regions: tuple[str, ...]
    subnets: Mapping[str, tuple[DrawnSubnet, ...]]

    def at(self, place: str, region: str) -> tuple[Card, ...]:
        """Cards in a column, a band or the network of a region."""
        return tuple(card for card in self.cards if card.kind.place == place and card.region == region)


def build_picture(synthesis: Synthesis, region: str, changes: Iterable[Change]) -> Picture:
    """Build the picture from the synthesised JSON and a plan's `changes`, which may be empty."""
    references = References(synthesis)
    actions = {Address(change.layer, change.declared): change.action for change in changes}
    members: dict[tuple[str, str], list[Address]] = defaultdict(list)
    for address in sorted(references.of):
        kind = card_kind(address.type)
        members[kind.id, "global" if kind.place in _GLOBAL_PLACES else _region(address.layer, region)].append(address)
    cards = tuple(
        _card(kind, where, tuple(found), references, actions)
        for kind in CARD_KINDS
        for (kind_id, where), found in members.items()
        if kind_id == kind.id
    )
    others = sorted({card.region for card in cards} - {region, "global"})
    local = {card.region for card in cards if card.kind.place in COLUMNS or card.kind.place == "network"}
    regions = tuple(name for name in (region, *others) if name in local)
    subnets = {name: _subnets(cards, name, references, actions) for name in regions}
    return Picture(cards, _links(cards, references), regions, subnets)


def _region(layer: str, home: str) -> str:
    found = _REGION.search(layer)
    return found[1] if found else home


def _card(
    kind: CardKind, region: str, members: tuple[Address, ...], references: References, actions: Mapping[Address, Action]
) -> Card:
    bodies = [(address.type, references.bodies[address]) for address in members]
    marks = Counter(actions[address] for address in members if address in actions)
    majors = sum(address.type in kind.major for address in members)
    return Card(kind, region, members, majors, card_caption(kind.id, bodies), marks)


def _links(cards: Iterable[Card], references: References) -> tuple[Link, ...]:
    owner = {address: card.id for card in cards for address in card.members}
    found: dict[tuple[str, str], dict[tuple[Address, Address], bool]] = defaultdict(dict)
    for source, targets in references.of.items():
        for target in targets:
            found[owner[source], owner[target]][source, target] = False
            if target.type == "aws_iam_role" and source.type not in _GRANTS:
                for granted in _granted(target, references):
                    found[owner[source], owner[granted]].setdefault((source, granted), True)
    return tuple(
        Link(source, target, tuple(sorted(uses)), all(uses.values()))
        for (source, target), uses in sorted(found.items())
        if source != target
    )


def _granted(role: Address, references: References) -> set[Address]:
    """Resources, other than IAM's own, that the policies of a role name."""
    waiting = [user for user in references.users.get(role, ()) if user.type in _GRANTS]
    seen: set[Address] = set()
    while waiting:
        policy = waiting.pop()
        for target in references.of[policy] - seen:
            seen.add(target)
            if target.type == "aws_iam_policy":
                waiting.append(target)
    return {target for target in seen if not target.type.startswith("aws_iam_")}


def _subnets(
    cards: Iterable[Card], region: str, references: References, actions: Mapping[Address, Action]
) -> tuple[DrawnSubnet, ...]:
    found = []
    for card in cards:
        if card.kind.id != "network" or card.region != region:
            continue
        for address in card.members:
            if address.type == "aws_subnet":
                body = references.bodies[address]
                zone = literal_setting(body, "availability_zone") or "zone chosen by AWS"
                found.append(
                    DrawnSubnet(
                        zone, _subnet_name(address, body), literal_setting(body, "cidr_block"), actions.get(address)
                    )
                )
    return tuple(sorted(found, key=lambda subnet: (subnet.zone, subnet.label, subnet.cidr)))


def _subnet_name(address: Address, body: Mapping[str, Any]) -> str:
    tags = body.get("tags")
    text = f"{tags.get('Name', '') if isinstance(tags, Mapping) else ''} {address.name}".lower()
    return next((word for word in ("public", "private", "isolated", "data") if word in text), "subnet")
