"""Synthesised configurations as dictionaries: one synth an environment for the whole run, one a construct."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cdktf import App, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider
from constructs import Construct

from config import Environment, load
from main import build

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


def synthesise(add: Callable[[App], object]) -> dict[str, Template]:
    """Run an app into a folder that is gone afterwards; its stacks by id, in dependency order of the manifest."""
    with tempfile.TemporaryDirectory() as folder:
        app = App(outdir=folder)
        add(app)
        app.synth()
        manifest = json.loads((Path(folder) / "manifest.json").read_text())
        return {
            id_: Template(json.loads((Path(folder) / stack["synthesizedStackPath"]).read_text()))
            for id_, stack in manifest["stacks"].items()
        }


def template(add: Callable[[Construct], object]) -> Template:
    """A stack of its own around one construct."""

    def stack(app: App) -> None:
        parent = TerraformStack(app, "test")
        AwsProvider(parent, "aws", region="us-east-1")
        add(parent)

    return synthesise(stack)["test"]


@cache
def environment(name: str) -> dict[str, Template]:
    """Every layer of a checked-in environment."""
    return layers(load(name))


def layers(env: Environment) -> dict[str, Template]:
    """Every layer of an environment."""
    return synthesise(lambda app: build(app, env))
