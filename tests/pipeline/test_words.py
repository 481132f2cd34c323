"""Words for people: one layer is no "1 layers", and names of programs' types are no words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import again, counted
from pipeline.work import repo_root

FILES = sorted((repo_root() / "pipeline").rglob("*.py"))
# A plural that follows a value at once: "{n} layers". What is listed isn't counted.
PLURAL = re.compile(
    r"^ (?:layers|changes|findings|problems|resources|waves|checks|bundles|pages|orphans|locks|types|files|days|hours"
    r"|runs|sources|images|secrets|waivers|settings|alarms|arguments|environments|answers|questions|values)\b"
)
NO_NUMBERS = {"upstream", "python", "reason.operation", "what"}
# Its singular stands beside it.
BESIDE = "len(layers)"


def _counts(path: Path) -> Iterator[str]:
    """Values of f-strings that a plural follows, as they stand in the source."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            for value, text in zip(node.values, node.values[1:], strict=False):
                follows = isinstance(text, ast.Constant) and PLURAL.match(str(text.value))
                if follows and isinstance(value, ast.FormattedValue) and not _constant(value.value):
                    yield f"line {node.lineno}: {{{ast.unparse(value.value)}}}{ast.unparse(text)[:20]}"


def _constant(value: ast.expr) -> bool:
    """A limit that is written in capitals is never one."""
    name = value.attr if isinstance(value, ast.Attribute) else ast.unparse(value)
    return ast.unparse(value) in (*NO_NUMBERS, BESIDE) or name.isupper()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(repo_root())))
def test_what_is_counted_agrees_with_its_number(path: Path) -> None:
    assert list(_counts(path)) == [], "use counted(number, noun)"


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 layers"), (1, "1 layer"), (2, "2 layers"), (1100, "1,100 layers"), (-1, "-1 layers")]
)
def test_a_number_has_its_noun(number: int, told: str) -> None:
    assert counted(number, "layer") == told


def test_a_plural_of_its_own() -> None:
    assert (counted(1, "entry", "entries"), counted(2, "entry", "entries")) == ("1 entry", "2 entries")


def test_a_command_repeats_the_environment_it_came_with() -> None:
    assert again("plan", "dev") == "sitechat plan --env dev"
    assert again("apply latest", "/a b/x.toml", "--follow") == "sitechat apply latest --env '/a b/x.toml' --follow"
