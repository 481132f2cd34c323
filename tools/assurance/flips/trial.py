"""Trial of one flip: scan the changed copy as the gate does, and find the rules that name the flipped argument."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import dataclass

from config import Environment
from pipeline.scan.model import Finding
from pipeline.scan.proofs import find_unproven
from pipeline.scan.run import run_checks
from pipeline.scan.toolkit import toolkit
from terraform_json.merged import merge
from tools.assurance.flips.flip import Configs, Flip

_INDEX = re.compile(r"/\[?\d+\]?(?=/|$)")


@dataclass(frozen=True)
class Outcome:
    """Result of one flip: `named_by` are rules that name the argument, `others` those of new findings that don't."""

    flip: Flip
    named_by: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def caught(self) -> bool:
        return bool(self.named_by)


class Trial:
    """Scanner of one environment: once as it stands, then again for each flip."""

    def __init__(self, configs: Configs, env: Environment) -> None:
        self._configs = configs
        self._env = env
        self._before = self._findings(configs)

    def outcome(self, flip: Flip) -> Outcome:
        """Outcome of a flip: the findings that the unchanged environment doesn't have.

        Rules about one resource are asked about that resource alone, which takes milliseconds; the whole environment is
        scanned where none of them speaks.
        """
        alone = self._new(flip, self._alone(flip))
        found = alone if any(names(each, flip) for each in alone) else self._new(flip, self._configs)
        return Outcome(
            flip,
            tuple(sorted({each.check for each in found if names(each, flip)})),
            tuple(sorted({each.check for each in found if not names(each, flip)})),
        )

    def _new(self, flip: Flip, configs: Configs) -> list[Finding]:
        after = self._findings(flipped(configs, flip))
        if configs is not self._configs:  # rules that follow references can't judge a part of the layers
            following = {check.id for check in toolkit().graph.checks}
            after = {key: finding for key, finding in after.items() if finding.check not in following}
        return [finding for key, finding in after.items() if key not in self._before]

    def _alone(self, flip: Flip) -> Configs:
        """Layer reduced to the flipped resource, or to those that hold the flipped policy, and the layer's policies."""
        layer, section, kind, name = _parts(flip.address)
        config = self._configs[layer]
        if section == "resource":
            return {layer: {"resource": {kind: {name: config[section][kind][name]}}, "data": config.get("data", {})}}
        held = {
            kind: {name: body for name, body in named.items() if flip.address.partition("/")[2] in json.dumps(body)}
            for kind, named in config["resource"].items()
        }
        return {layer: {"resource": held, "data": config["data"]}}

    def _findings(self, configs: Configs) -> dict[tuple[str, str], Finding]:
        merged = merge(configs)
        found = run_checks(merged).findings
        if configs.keys() == self._configs.keys():  # proofs need all layers
            proven, _, _ = find_unproven(merged, self._env)
            found |= {(each.check, each.address): each for each in proven}
        return found


def flipped(configs: Configs, flip: Flip) -> Configs:
    """Copy of the layers with one resource changed; the rest is shared."""
    layer, section, kind, name = _parts(flip.address)
    config = dict(configs[layer])
    body = deepcopy(config[section][kind][name])
    flip.apply(body)
    config[section] = config[section] | {kind: config[section][kind] | {name: body}}
    return configs | {layer: config}


def names(finding: Finding, flip: Flip) -> bool:
    """Whether a rule names the argument: its path, or a path inside of it where a whole block was removed."""
    named = {_INDEX.sub("", each.replace(".", "/")) for each in finding.attributes}
    return any(each == flip.path or each.startswith(f"{flip.path}/") for each in named)


def _parts(address: str) -> tuple[str, str, str, str]:
    layer, _, resource = address.partition("/")
    section = "data" if resource.startswith("data.") else "resource"
    kind, _, name = resource.removeprefix("data.").partition(".")
    return layer, section, kind, name
