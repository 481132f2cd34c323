"""A layer's Terraform JSON, asked by type. Imports no bindings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Resource = Mapping[str, Any]


@dataclass(frozen=True)
class Template:
    """One stack's Terraform JSON, asked by type."""

    config: Mapping[str, Any]

    def all(self, type_: str) -> dict[str, Resource]:
        """Resources of a type by name."""
        return dict(self.config.get("resource", {}).get(type_, {}))

    def one(self, type_: str, ending: str = "") -> Resource:
        """The only resource of a type, or the only one whose construct path ends in `ending`."""
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
        """Every resource type."""
        return set(self.config.get("resource", {}))

    def addresses(self) -> Iterator[str]:
        """Every resource as type.name."""
        for type_, resources in self.config.get("resource", {}).items():
            yield from (f"{type_}.{name}" for name in resources)
