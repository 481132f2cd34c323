"""No reference without its target: each expression is one that the constructs make, of something that is declared.

Only the forms below are read. A function, a condition or a template hides what a value is, so it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from policies.vouched.standing import Expressions, expressions_in, places_of
from terraform_json.blocks import Config, data_sources, listed, named, output_value, resources
from terraform_json.references import CROSS_STACK, REMOTE_OUTPUT, REMOTE_STATE, RESOURCE, RemoteOutput, remote_output

if TYPE_CHECKING:
    from config import Environment

_ATTRIBUTE = re.compile(rf"(?P<address>{RESOURCE.pattern})(?:\.\w+|\[\d+\])+")
# What else constructs make: the records that validate a certificate, and the servers of a new zone as text.
_FORMS = (
    _ATTRIBUTE,
    re.compile(
        r"tolist\((?P<address>aws_acm_certificate\.[\w-]+)\.domain_validation_options\)\.0"
        r"\.resource_record_(?:name|type|value)"
    ),
    re.compile(r'join\(" ", (?P<address>aws_route53_zone\.[\w-]+)\.name_servers\)'),
)
_WORKSPACE = "${terraform.workspace}"
# Outputs for people and for releases; every other one is for another layer.
_SHOWN = {"dns": ("name_servers",), "edge": ("url",), "service": ("placement",)}
# Layers that come after one whether or not they read it: tasks start once they may call models, and what watches the
# account is built on the foundation.
_AFTER = {"service": {"llm"}, "security": {"infrastructure"}}


def untargeted(layers: Mapping[str, Config], env: Environment) -> Iterator[str]:
    """Lines for expressions of an unknown form, references that lead nowhere, and outputs that nobody reads."""
    read: set[RemoteOutput] = set()
    for name, config in layers.items():
        layer = _Layer(name, config, layers)
        yield from layer.judged()
        read |= layer.read
    used = {(each.stack, each.output) for each in read}
    for name, config in layers.items():
        for output, _ in named(config.get("output")):
            if (name, output) not in used and output not in _SHOWN.get(name, ()):
                yield f"{name}/output.{output}: no layer, person or release reads it; synthesise again"


def out_of_order(layers: Mapping[str, Config], order: Mapping[str, Collection[str]]) -> Iterator[str]:
    """Lines for layers that don't come directly after exactly those that they build on; `order` is the manifest's."""
    for name, config in layers.items():
        states = config.get("data", {}).get(REMOTE_STATE, {})
        needed = {source.removeprefix(CROSS_STACK) for source, _ in named(states)} | _AFTER.get(name, set())
        stated = set(order.get(name, ()))
        for other in sorted(needed - stated):
            yield f"{name}: manifest.json doesn't put it after {other}, on which it builds; synthesise again"
        for other in sorted(stated - needed):
            yield f"{name}: manifest.json puts it after {other}, of which it reads nothing; synthesise again"


def _read(expressions: Expressions) -> set[RemoteOutput]:
    found = (REMOTE_OUTPUT.fullmatch(inside) for _, inside in expressions)
    return {remote_output(each) for each in found if each}


class _Layer:
    """One layer, whose expressions are judged once each; where they stand is only looked for when one is refused."""

    def __init__(self, name: str, config: Config, layers: Mapping[str, Config]) -> None:
        self._name, self._config, self._layers = name, config, layers
        self._blocks = (*resources(config), *data_sources(config))
        self._declared = {block.address for block in self._blocks}
        self._expressions = expressions_in(config)
        self.read = _read(self._expressions)

    def judged(self) -> Iterator[str]:
        """Lines for all that is wrong with the references of the layer."""
        for place, line in (*self._remote_states(), *self._arguments(), *self._values()):
            yield f"{self._name}/{place}: {line}; synthesise again"

    def _remote_states(self) -> Iterator[tuple[str, str]]:
        sources = {each.source for each in self.read}
        for block in self._blocks:
            if not (block.data and block.type == REMOTE_STATE):
                continue
            layer = block.name.removeprefix(CROSS_STACK)
            if not block.name.startswith(CROSS_STACK) or layer not in self._layers or layer == self._name:
                yield block.address, "it reads no layer of this folder"
            elif block.name not in sources:
                yield block.address, "nothing reads it"
            body = {**block.body, "workspace": ""}
            if block.body.get("workspace") != _WORKSPACE or expressions_in({"data": {"": {"": body}}}):
                yield block.address, "it holds another expression than that of the workspace"

    def _arguments(self) -> Iterator[tuple[str, str]]:
        """The two arguments that refer without an expression."""
        aliases = (each.get("alias") for each in listed(self._config.get("provider", {}).get("aws")))
        providers = ["aws", *(f"aws.{alias}" for alias in aliases if alias)]
        for block in self._blocks:
            if "provider" in block.body and block.body["provider"] not in providers:
                yield block.address, "argument provider names none that this layer configures"
            for each in listed(block.body.get("depends_on")):
                if not isinstance(each, str) or each not in self._declared:
                    yield block.address, "argument depends_on names what this layer doesn't declare"

    def _values(self) -> Iterator[tuple[str, str]]:
        for expression in sorted(self._expressions):
            if line := self._refusal(*expression):
                places = places_of(expression, self._config) or ["//"]
                yield from ((place, line) for place in places)

    def _refusal(self, opening: str, inside: str) -> str | None:
        if opening != "${":
            return "holds a template that no construct writes"
        if remote := REMOTE_OUTPUT.fullmatch(inside):
            return self._unread(remote_output(remote))
        found = next(filter(None, (form.fullmatch(inside) for form in _FORMS)), None)
        if found is None or found["address"].startswith(f"data.{REMOTE_STATE}."):
            return "holds an expression that no construct makes"
        known = found["address"] in self._declared
        return None if known else f"refers to {found['address']}, which this layer doesn't declare"

    def _unread(self, read: RemoteOutput) -> str | None:
        if f"data.{REMOTE_STATE}.{read.source}" not in self._declared:
            return f"reads the state of {read.stack}, which this layer doesn't declare"
        if output_value(self._layers.get(read.stack, {}), read.output) is None:
            return f"reads output {read.output} of layer {read.stack}, which has none of that name"
        return None
