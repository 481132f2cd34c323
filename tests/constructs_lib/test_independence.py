"""The library of constructs stands by itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.environments import ROOT

MODULES = sorted((ROOT / "constructs_lib").rglob("*.py"))
# A place is no setting of an environment, and neither is a name, or a form of text, that several sides share.
ALLOWED = {"config.alarm_text", "config.objectives", "config.place", "config.switches"}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_constructs_know_neither_configuration_nor_layers(module: Path) -> None:
    nodes = list(ast.walk(ast.parse(module.read_text(encoding="utf-8"))))
    imported = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    imported |= {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    known = {name for name in imported if name.split(".")[0] in ("config", "stacks", "backend", "main", "pipeline")}
    assert known <= ALLOWED
