"""Compare arguments with the settings that say what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from policies.vouched.promised import plain
from policies.vouched.promises.values import values
from terraform_json.blocks import Config, resources

if TYPE_CHECKING:
    from config import Environment

_STEP = re.compile(r"(\w+)(?:\[(\d*)\])?")


def unvalued(layers: Mapping[str, Config], env: Environment) -> Iterator[str]:
    """Lines for arguments that are otherwise than the settings of `env` promise."""
    found = {
        f"{layer}/{plain(block.address)}": block for layer, config in layers.items() for block in resources(config)
    }
    for value in values(env):
        if block := found.get(value.address):
            given = reach(block.body, value.argument)
            if type(given) is not type(value.expected) or given != value.expected:
                layer = value.address.partition("/")[0]
                expected = "absent" if value.expected is None else repr(value.expected)
                yield (
                    f"{layer}/{block.address}: argument {value.argument} is not {expected}, as {value.reason} says; "
                    "synthesise again"
                )


def reach(value: Any, path: str) -> Any:
    """Value at a path such as "rule[0].name"; None where there is none, a list of what is there for "rule[].name"."""
    step, _, rest = path.partition(".")
    found = _STEP.fullmatch(step)
    if not found or not isinstance(value, Mapping):
        return None
    inner = value.get(found[1])
    if found[2] is None:
        return reach(inner, rest) if rest else inner
    if not isinstance(inner, list):
        return None
    if not found[2]:
        return [reach(each, rest) if rest else each for each in inner]
    index = int(found[2])
    if index >= len(inner):
        return None
    return reach(inner[index], rest) if rest else inner[index]
