"""Expressions that the constructs make: plain references, and a few exact forms. Any other is unreadable."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from policies.vouched.strings import Leaf, Place
from terraform_json.blocks import Config, named
from terraform_json.references import CROSS_STACK, REMOTE_STATE

_NAME = r"[A-Za-z_][\w-]*"
PLAIN = re.compile(
    rf"(?<!\$)\$\{{(?P<address>(?:data\.)?(?P<type>[a-z][a-z0-9_]*)\.(?P<name>{_NAME}))\.(?P<path>[\w-]+(?:\.[\w-]+)?)\}}"
)
# cdktf's name for an output that another layer reads.
CROSS_OUTPUT = "cross-stack-output-"
_OUTPUT = re.compile(rf"outputs\.{CROSS_OUTPUT}[\w-]+")
# What makes Terraform evaluate a text: an interpolation, a directive, and both as JSON inside a text may write them.
_EVALUATED = re.compile(r"[$%](?:\{|\\u007b)|\\u002[45]", re.IGNORECASE)

# Attributes that constructs refer to. None holds what somebody writes as free text or as a policy, except `json`.
ATTRIBUTES = frozenset(
    {
        "allocation_id",
        "arn",
        "arn_suffix",
        "bucket",
        "bucket_regional_domain_name",
        "certificate_arn",
        "dns_name",
        "domain_name",
        "endpoint",
        "fqdn",
        "function_name",
        "guardrail_arn",
        "guardrail_id",
        "hosted_zone_id",
        "id",
        "json",
        "key",
        "key_id",
        "name",
        "repository_url",
        "resource_id",
        "scalable_dimension",
        "service_namespace",
        "url",
        "version",
        "version_arn",
        "version_id",
        "zone_id",
    }
)


class Form(NamedTuple):
    """An expression that is a whole value and no plain reference: its pattern, and the only places it stands in."""

    pattern: re.Pattern[str]
    type: str
    path: re.Pattern[str]


# Each with the construct that makes it.
FORMS = (
    # cdktf's own: a layer reads another one's state in the workspace it is in itself.
    Form(re.compile(r"\$\{terraform\.workspace\}"), REMOTE_STATE, re.compile("workspace")),
    # constructs_lib/security/signed_package.py: object that the signing job wrote.
    Form(
        re.compile(rf"\$\{{(?P<address>aws_signer_signing_job\.{_NAME})\.signed_object\[0\]\.s3\[0\]\.key\}}"),
        "aws_lambda_function",
        re.compile("s3_key"),
    ),
    # constructs_lib/dns/certificate.py: the record by which ACM knows the domain.
    Form(
        re.compile(
            rf"\$\{{tolist\((?P<address>aws_acm_certificate\.{_NAME})\.domain_validation_options\)"
            r"\.0\.resource_record_(?:name|value|type)\}"
        ),
        "aws_route53_record",
        re.compile("name|type|records/0"),
    ),
    # constructs_lib/dns/zone.py: name servers as one text.
    Form(
        re.compile(rf'\$\{{join\(" ", (?P<address>aws_route53_zone\.{_NAME})\.name_servers\)\}}'),
        "output",
        re.compile("value"),
    ),
)

_TODO = "write the value itself or a plain reference ${type.name.attribute}"


class Grammar:
    """Expressions that the layers may hold; `declared` are the addresses of each layer."""

    def __init__(self, layers: Mapping[str, Config]) -> None:
        self._layers = layers

    @cached_property
    def declared(self) -> dict[str, frozenset[str]]:
        return {layer: frozenset(_addresses(config)) for layer, config in self._layers.items()}

    def refused(self, leaf: Leaf) -> str:
        """Why an expression in a value is refused; empty where it holds none, or only what constructs make."""
        text = leaf.value
        if not isinstance(text, str) or not _EVALUATED.search(text):
            return ""
        if leaf.key:
            return "the name of an argument is an expression, so it is unreadable; write the name itself"
        why = next(filter(None, (self._unresolved(leaf.body.layer, match) for match in PLAIN.finditer(text))), "")
        if why or _EVALUATED.search(PLAIN.sub("", text)):
            return "" if self._is_form(leaf.place, text) else why or f"unreadable expression; {_TODO}"
        return ""

    def _is_form(self, place: Place, text: str) -> bool:
        for form in FORMS:
            if form.type == place.type and form.path.fullmatch(place.path) and (found := form.pattern.fullmatch(text)):
                address = found.groupdict().get("address")
                return address is None or address in self.declared[place.layer]
        return False

    def _unresolved(self, layer: str, match: re.Match[str]) -> str:
        address, path = match["address"], match["path"]
        if address not in self.declared[layer]:
            return f"refers to {address}, which {layer} doesn't declare; {_TODO}"
        if match["type"] == REMOTE_STATE:
            if match["name"].startswith(CROSS_STACK) and _OUTPUT.fullmatch(path):
                return ""
            return f"refers to {path} of another state, which no construct reads; {_TODO}"
        if path not in ATTRIBUTES:
            return f"refers to {address}.{path}, an attribute that no construct reads; {_TODO}"
        return ""


def is_plain(text: str) -> bool:
    """Whether a text is one plain reference and nothing else."""
    return PLAIN.fullmatch(text) is not None


def without_plain(text: str) -> str:
    """Text between its plain references."""
    return PLAIN.sub("", text)


def unvouched_outputs(layers: Mapping[str, Config]) -> Iterator[str]:
    """A line for each output for another layer that isn't one plain reference."""
    for layer, config in layers.items():
        for name, output in named(config.get("output")):
            value = output.get("value") if isinstance(output, Mapping) else None
            if name.startswith(CROSS_OUTPUT) and not (isinstance(value, str) and is_plain(value)):
                yield f"{layer}/output.{name}: another layer reads it, so it has to be one plain reference; {_TODO}"


def _addresses(config: Config) -> Iterator[str]:
    for section, prefix in (("resource", ""), ("data", "data.")):
        for kind, bodies in named(config.get(section)):
            yield from (f"{prefix}{kind}.{name}" for name, _ in named(bodies))
