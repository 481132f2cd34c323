"""Look-ups by type in a layer's Terraform JSON. Imports no bindings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Resource = Mapping[str, Any]


@dataclass(frozen=True)
class Template:
    """Terraform JSON of one stack, with look-ups by type."""

    config: Mapping[str, Any]

    def all(self, type_: str) -> dict[str, Resource]:
        """Resources of a type by name."""
        return dict(self.config.get("resource", {}).get(type_, {}))

    def one(self, type_: str, ending: str = "") -> Resource:
        """Body of the only resource of a type, or of the only one whose construct path ends in `ending`."""
        found = {
            name: body for name, body in self.all(type_).items() if body["//"]["metadata"]["path"].endswith(ending)
        }
        assert len(found) == 1, f"{type_} *{ending}: found {sorted(found)}"
        return next(iter(found.values()))

    def statements(self, ending: str) -> dict[str, Mapping[str, Any]]:
        """Statements by sid of the policy document whose construct path ends in `ending`."""
        documents = self.config.get("data", {}).get("aws_iam_policy_document", {})
        found = [body for body in documents.values() if body["//"]["metadata"]["path"].endswith(ending)]
        assert len(found) == 1, f"policy document *{ending}: {len(found)} found"
        return {statement["sid"]: statement for statement in found[0]["statement"]}

    def types(self) -> set[str]:
        """Types of all resources."""
        return set(self.config.get("resource", {}))

    def addresses(self) -> Iterator[str]:
        """Addresses (type.name) of all resources."""
        for type_, resources in self.config.get("resource", {}).items():
            yield from (f"{type_}.{name}" for name in resources)
