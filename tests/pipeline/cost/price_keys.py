"""Price keys that the source can ask for, read from the source: a key that is built needs its values named here."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import get_args

from config import ConfigError, parse
from config.aws_data import search_instance_types
from config.rules.search import MASTER_TYPE
from config.sections.service import ServiceSection
from pipeline.cost.pricers.models import ASSESSING
from tests.support.environments import ROOT
from tests.support.every_setting import ACCOUNT

PRICERS = sorted((ROOT / "pipeline" / "cost" / "pricers").glob("*.py"))
# Asks for prices of a run by a tuple of key and quantity.
RUN_PRICE = ROOT / "pipeline" / "ingestion" / "price.py"
# Methods of the pricing context that make lines; the key is their third argument.
MAKERS = {"fixed", "hours", "used"}

REGION = "us-east-1"
_FAMILIES = [f"fargate.{name.lower()}" for name in get_args(ServiceSection.model_fields["architecture"].annotation)]
_KINDS = ("", ".spot")


@cache
def accepted_search_types(region: str = REGION) -> tuple[str, ...]:
    """Node types that a configuration of the region may name."""
    return tuple(name for name in search_instance_types() if _accepted(name, region))


def _accepted(instance_type: str, region: str) -> bool:
    tables = {"account_id": ACCOUNT, "region": region, "search": {"instance_type": instance_type}}
    try:
        parse(tables, name="test")
    except ConfigError as error:
        return "search.instance_type" not in str(error)
    return True


def built() -> dict[str, list[str]]:
    """Values of each key that is built from parts, by its text in the source."""
    return {
        "{family}{kind}.vcpu": [f"{family}{kind}.vcpu" for family, kind in product(_FAMILIES, _KINDS)],
        "{family}{kind}.memory": [f"{family}{kind}.memory" for family, kind in product(_FAMILIES, _KINDS)],
        "lambda.{architecture}.duration": ["lambda.arm64.duration", "lambda.x86_64.duration"],
        "opensearch.{kind}": [f"opensearch.{name}" for name in {*accepted_search_types(), MASTER_TYPE}],
        "opensearch.{disk['volume_type']}": ["opensearch.gp3"],
        "bedrock.guardrail.{price}": [f"bedrock.guardrail.{name}" for name in ASSESSING.values()],
        "bedrock.guardrail.{policy}": [f"bedrock.guardrail.{name}" for name in ASSESSING.values()],
    }


def asked() -> set[str]:
    """Every key that a pricer, or the price of a run, can ask for in `REGION`."""
    known = built()
    found: set[str] = set()
    for file in (*PRICERS, RUN_PRICE):
        for text, is_built in _keys(file):
            assert not is_built or text in known, f"{file.name} asks for {text!r}: name its values in {__name__}"
            found.update(known[text] if is_built else [text])
    return found


def _keys(file: Path) -> Iterator[tuple[str, bool]]:
    """Keys in a module as text, and whether each is built from parts."""
    for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                key = _key_of(node, of_run=file == RUN_PRICE)
                if key is not None:
                    yield from (_text(value, file) for value in _values(key, function))


def _key_of(node: ast.AST, *, of_run: bool) -> ast.expr | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MAKERS:
        named = [each.value for each in node.keywords if each.arg == "key"]
        return node.args[2] if len(node.args) > 2 else named[0] if named else None
    if of_run and isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
        return node.value.elts[0]
    return None


def _values(key: ast.expr, function: ast.FunctionDef) -> list[ast.expr]:
    """What a key is: itself, or what is assigned to the name in the same function."""
    if not isinstance(key, ast.Name):
        return [key]
    assigned = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and [key.id] == [each.id for each in node.targets if isinstance(each, ast.Name)]
    ]
    assert assigned, f"{function.name}: {key.id} is assigned nowhere"
    return assigned


def _text(value: ast.expr, file: Path) -> tuple[str, bool]:
    if isinstance(value, ast.Constant):
        return str(value.value), False
    assert isinstance(value, ast.JoinedStr), f"{file.name}: {ast.unparse(value)} is no text"
    return ast.unparse(value)[2:-1], True
