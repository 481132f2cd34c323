"""Synthesis of constructs, stacks and whole environments in this process, as templates.

For checked-in environments use tests/support/shared.py, which synthesises them once for the whole run.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from cdktf import App, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider
from constructs import Construct

from config import Environment
from main import build
from tests.support.template import Resource, Template

__all__ = ["Resource", "Template", "layers", "synthesise", "template"]


def synthesise(add: Callable[[App], object]) -> dict[str, Template]:
    """Synthesise an app into a temporary folder; its stacks by id, in dependency order of the manifest."""
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
    """Synthesise one construct in a stack of its own."""

    def stack(app: App) -> None:
        parent = TerraformStack(app, "test")
        AwsProvider(parent, "aws", region="us-east-1")
        add(parent)

    return synthesise(stack)["test"]


def layers(env: Environment) -> dict[str, Template]:
    """Synthesise every layer of an environment."""
    return synthesise(lambda app: build(app, env))
