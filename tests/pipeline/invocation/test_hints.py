"""Hints repeat what the command came with, and name commands that there are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from pipeline import cli
from pipeline.errors import WITH_ENV, ExitCode, SitechatError, lock_holder, with_environment
from pipeline.invocation.hints import given_environment, repeat_words
from pipeline.work import repo_root
from tests.docs.commands import NotACommandError, check
from tests.pipeline.operations.support import Run

FILES = sorted((repo_root() / "pipeline").rglob("*.py"))


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    """Texts of a module but docstrings, with what is filled in as X."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parts = {id(each) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for each in node.values}
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield (
                node.lineno,
                "".join(str(each.value) if isinstance(each, ast.Constant) else "X" for each in node.values),
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts | docs:
            yield node.lineno, re.sub(r"\{\w*\}", "X", node.value)


SHOWN = [
    pytest.param(shown, id=f"{path.relative_to(repo_root())}:{line}")
    for path in FILES
    for line, text in _texts(path)
    for shown in re.findall(r"`sitechat ([a-z-][^`X]*(?:X[^`]*)?)`", text)
]
NEXT = [
    pytest.param(shown, id=f"{path.relative_to(repo_root())}:{line}")
    for path in FILES
    for line, text in _texts(path)
    for shown in re.findall(r"next: sitechat ([^\n`;,]+)", text)
]


@pytest.mark.parametrize("shown", SHOWN)
def test_every_command_in_a_text_exists_with_its_options(shown: str) -> None:
    check(("sitechat", *shown.split()), whole=False)


def test_a_command_that_does_not_exist_would_be_found_out() -> None:
    with pytest.raises(NotACommandError):
        check(("sitechat", "lunch"), whole=False)
    assert len(SHOWN) > 30


@pytest.mark.parametrize("shown", NEXT)
def test_what_is_next_names_its_environment(shown: str) -> None:
    words = shown.split()
    takes = words[0] in WITH_ENV or " ".join(words[:2]) in WITH_ENV
    assert "--env" in words or not takes


def test_the_commands_with_an_environment_are_those_that_take_one() -> None:
    root: Any = typer.main.get_command(cli.build_app([]))
    inside = {name: getattr(each, "commands", None) for name, each in root.commands.items()}
    flat = {name: root.commands[name] for name, group in inside.items() if group is None}
    flat |= {f"{name} {each}": found for name, group in inside.items() if group for each, found in group.items()}
    assert {name for name, each in flat.items() if any("--env" in one.opts for one in each.params)} == WITH_ENV


@pytest.mark.parametrize(
    ("text", "env_ref", "told"),
    [
        ("Make one with `sitechat plan`.", "local", "Make one with `sitechat plan --env local`."),
        ("`sitechat ingest run --failed`", "prod", "`sitechat ingest run --failed --env prod`"),
        ("`sitechat plan --env dev`", "prod", "`sitechat plan --env dev`"),
        ("`sitechat plan --env mine`", "/a b/mine.toml", "`sitechat plan --env '/a b/mine.toml'`"),
        ("`sitechat plan --env mine2`", "/a/mine.toml", "`sitechat plan --env mine2`"),
        ("`sitechat local up`, `terraform plan`", "prod", "`sitechat local up`, `terraform plan`"),
        ("`sitechat --help` says what it takes", "prod", "`sitechat --help` says what it takes"),
    ],
)
def test_a_command_is_completed_by_the_environment_that_was_given(text: str, env_ref: str, told: str) -> None:
    assert with_environment(text, env_ref) == told


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ("plan --env local", "local"),
        ("ingest run --env=a.toml --failed", "a.toml"),
        ("plan", "staging"),
        ("local up", ""),
        ("env new mine", ""),
        ("", ""),
    ],
)
def test_the_given_environment_is_that_of_the_command(words: str, given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITECHAT_ENV", "staging")
    assert given_environment(words.split()) == given


def test_without_any_it_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SITECHAT_ENV", raising=False)
    assert given_environment(["plan"]) == "dev"


def test_a_command_to_be_repeated_stands_there_whole() -> None:
    error = SitechatError("no", hint="If that is meant: --allow a", code=ExitCode.REFUSED, options="--allow a")
    repeat_words(error, ["destroy", "--env", "my env.toml", "--yes", "--json"])
    assert error.hint == "If that is meant: `sitechat destroy --env 'my env.toml' --yes --json --allow a`"


def test_a_bundle_that_is_not_there_leads_to_a_plan_of_the_same_environment(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`apply latest` said "make one with sitechat plan", which plans dev."""

    def absent(*arguments: object) -> None:
        raise SitechatError("no bundle", hint="Make one with `sitechat plan`.", code=ExitCode.USAGE)

    monkeypatch.setattr("pipeline.session.open_session", absent)
    assert "sitechat plan --env prod" in run("apply", "latest", "--env", "prod").err
    assert "sitechat plan --env prod" in run("apply", "latest", "--env", "prod", "--json").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("ann@desk", "OperationTypeApply", "2026-01-15T12:00:00Z"), "ann@desk (apply) since 2026-01-15 12:00:00 UTC"),
        (("ann@desk", "OperationTypePlan", "2026-01-15 12:00:00.123456789 +0000 UTC"), None),
        (("", "", ""), "somebody"),
        (("ann@desk", "", "2026-01-15"), "ann@desk since 2026-01-15"),
    ],
)
def test_a_lock_is_told_without_type_names_and_nanoseconds(words: tuple[str, str, str], told: str | None) -> None:
    assert lock_holder(*words) == (told or "ann@desk (plan) since 2026-01-15 12:00:00 UTC")
