"""No assumption is hidden: every figure of a pricer stands in a row that docs/cost.md shows."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

from pipeline.cost import assumptions, state_backend, usage
from pipeline.cost.assumptions import ASSUMPTIONS
from pipeline.cost.pricers import audit, compute, edge, keys, models, network, observability, search, storage

MODULES = (audit, compute, edge, keys, models, network, observability, search, storage, state_backend, usage)
# Conversions of units, which assume nothing.
UNITS = {"MILLION", "KIB_PER_GB"}


def figures(path: Path) -> set[str]:
    """Names of a module's constants that hold numbers."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.Assign) or (
            not any(
                isinstance(each, ast.Constant) and isinstance(each.value, (int, float)) for each in ast.walk(node.value)
            )
            and "Decimal(" not in ast.unparse(node)
        ):
            continue
        for target in node.targets:
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            found |= {name.id for name in names if isinstance(name, ast.Name) and name.id.isupper()}
    return found - {"PRICERS", "TOKENS"}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_figure_is_in_a_row(module: object) -> None:
    said = {
        node.attr for node in ast.walk(ast.parse(inspect.getsource(assumptions))) if isinstance(node, ast.Attribute)
    }
    assert figures(Path(inspect.getfile(module))) - UNITS - said == set()  # type: ignore[arg-type]  # it is a module


def test_the_figures_are_found_at_all() -> None:
    assert figures(Path(inspect.getfile(usage))) >= {"REQUESTS_PER_CHAT", "KEY_USES_PER_CHAT", "FILES_PER_WRITER"}


def test_a_row_holds_the_present_figure() -> None:
    rows = dict(ASSUMPTIONS)
    assert len(rows) == len(ASSUMPTIONS)
    assert rows["requests"].startswith(f"{usage.REQUESTS_PER_CHAT} a question")
    assert f"{storage.WRITERS} writers" in rows["buckets of logs"]
