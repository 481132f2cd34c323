"""Placeholders for outputs that don't exist yet, derived from the expression that will produce them.

They have a form that the provider accepts at plan time (for an ARN: one of the right service), so that a later layer
can be previewed before the earlier one is applied.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from config.place import Place
from pipeline.planning import arns
from terraform_json.blocks import body_at, output_value, provider_region
from terraform_json.references import INTERPOLATION, REMOTE_OUTPUT, TRAVERSAL, remote_output

NAME_ATTRIBUTES = ("name", "bucket", "family", "domain_name", "identifier")
HOSTS = ("dns_name", "domain_name", "endpoint", "dashboard_endpoint", "fqdn", "regional_domain_name", "repository_url")
NUMBERS = {"port": 443, "revision": 1, "cpu": 256, "memory": 512}
# References in a circle can't be synthesised; this only bounds a malformed configuration.
MAX_DEPTH = 12


@dataclass(frozen=True)
class Placeholders:
    """Placeholders for the outputs of one layer. `resolve` gives the value of an output that the layer reads."""

    config: Mapping[str, Any]
    place: Place
    resolve: Callable[[str, str], Any]

    def output(self, name: str) -> Any:
        """The placeholder of output `name`."""
        expression = output_value(self.config, name)
        return self.value(f"${{{name}}}" if expression is None else expression)

    def value(self, expression: Any, depth: int = 0) -> Any:
        """Replace every interpolation in `expression` by a value of the right form."""
        if isinstance(expression, Mapping):
            return {key: self.value(each, depth) for key, each in expression.items()}
        if isinstance(expression, list):
            return [self.value(each, depth) for each in expression]
        if not isinstance(expression, str):
            return expression
        whole = INTERPOLATION.fullmatch(expression)
        if whole:
            return self._interpolated(whole.group(1), depth)
        return INTERPOLATION.sub(lambda match: str(self._interpolated(match.group(1), depth)), expression)

    def _interpolated(self, inner: str, depth: int) -> Any:
        if remote := REMOTE_OUTPUT.search(inner):
            return self.resolve(*remote_output(remote))
        found = TRAVERSAL.search(inner)
        if found is None or depth > MAX_DEPTH:
            return f"placeholder-{arns.digits(inner, 8)}"
        text = found.group(0)
        value = self._traversal(text, depth)
        many = "*" in text or inner.strip().startswith("[")
        return [value] if many and not isinstance(value, list) else value

    def _traversal(self, text: str, depth: int) -> Any:
        prefix = "data." if text.startswith("data.") else ""
        kind, name, *path = re.findall(r"[\w*-]+", text.removeprefix("data."))
        address = f"{kind}.{name}"
        attribute = next((part for part in path if not part.isdigit() and part != "*"), "id")
        block = body_at(self.config, prefix + address)
        if attribute in block and block[attribute] is not None:
            return self._inside(self.value(block[attribute], depth + 1), path)
        return self._computed(kind, address, attribute, self._name(block, kind, name, depth), self._place_of(block))

    def _computed(self, kind: str, address: str, attribute: str, name: str, place: Place) -> Any:
        """The value of an attribute that AWS assigns."""
        if attribute == "arn" or attribute.endswith("_arn"):
            return arns.arn(kind, address, name, place)
        if attribute == "id":
            return arns.resource_id(kind, address, name, place)
        if attribute == "arn_suffix":
            return arns.arn(kind, address, name, place).split(":")[-1].removeprefix("loadbalancer/")
        if attribute in ("zone_id", "hosted_zone_id"):
            return f"Z{arns.digits(address, 13).upper()}"
        if attribute in HOSTS:
            return f"{arns.digits(address, 12)}.placeholder.{place.region}.amazonaws.com"
        if attribute in NUMBERS:
            return NUMBERS[attribute]
        if attribute == "name_servers":
            return [f"ns-{number}.placeholder.invalid" for number in range(4)]
        if attribute == "version":
            return arns.digits(address, 9)  # no real version, so that a comparison finds it where it was used
        if attribute == "account_id":
            return place.account_id
        if attribute.endswith("_id"):
            return arns.uuid(address)
        return name if attribute in NAME_ATTRIBUTES else f"placeholder-{arns.digits(address, 8)}"

    def _name(self, block: Mapping[str, Any], kind: str, name: str, depth: int) -> str:
        for attribute in NAME_ATTRIBUTES:
            if isinstance(block.get(attribute), str) and depth < MAX_DEPTH:
                return str(self.value(block[attribute], depth + 1))
        return f"placeholder-{arns.digits(f'{kind}.{name}', 8)}"

    def _place_of(self, block: Mapping[str, Any]) -> Place:
        """Account and region of a resource, from its provider: CloudFront's certificate and WAF are in us-east-1."""
        alias = str(block.get("provider", "")).partition(".")[2]
        region = provider_region(self.config, alias)
        return replace(self.place, region=region) if region else self.place

    @staticmethod
    def _inside(value: Any, path: list[str]) -> Any:
        """Follow an index such as `availability_zones[1]` into a literal list."""
        indices = [int(part) for part in path[1:] if part.isdigit()]
        for index in indices:
            if isinstance(value, list) and index < len(value):
                value = value[index]
        return value
