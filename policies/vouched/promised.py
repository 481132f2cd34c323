"""Compare the layers with what the settings promise: all of it is there, each once, and nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from policies.vouched.promises import promises
from policies.vouched.promises.all_layers import LayerPromise
from terraform_json.blocks import Config, data_sources, resources
from terraform_json.references import REMOTE_STATE

if TYPE_CHECKING:
    from config import Environment

# Digits that cdktf appends to a name: a hash of the construct's path.
_DIGITS = re.compile(r"_[0-9A-F]{8}\Z")


def unpromised(layers: Mapping[str, Config], env: Environment) -> Iterator[str]:
    """Lines for what the settings of `env` promise and the layers lack, and for what no setting promises.

    Data sources that read another layer's state are judged by their references instead (`targets.py`).
    """
    promised = promises(env)
    for layer in sorted({*promised, *layers}):
        if layer not in layers:
            yield f"{layer}: the layer is missing or unreadable: {promised[layer].reason} promises it; synthesise again"
        elif layer not in promised:
            yield f"{layer}: no setting of {env.name} promises this layer; synthesise again"
        else:
            yield from _judged(layer, layers[layer], promised[layer])


def plain(address: str) -> str:
    """Address without the digits that cdktf appends."""
    return _DIGITS.sub("", address)


def _judged(layer: str, config: Config, promised: LayerPromise) -> Iterator[str]:
    reasons = {address: each.reason for each in promised.promises for address in each.addresses}
    built = list(_addresses(config))
    number = Counter(map(plain, built))
    for address, reason in reasons.items():
        if not number[address]:
            yield f"{layer}/{address} is missing: {reason} promises it; synthesise again"
    for address in built:
        if plain(address) not in reasons:
            yield (
                f"{layer}/{address} is promised by no setting; synthesise again, or add it with its construct "
                f"to policies/vouched/promises/"
            )
        elif number[plain(address)] > 1:
            yield f"{layer}/{address} is there {number[plain(address)]} times under other digits; synthesise again"


def _addresses(config: Config) -> Iterator[str]:
    yield from (block.address for block in resources(config))
    yield from (block.address for block in data_sources(config) if block.type != REMOTE_STATE)
