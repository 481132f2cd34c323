"""Text that isn't ours reaches the console as it is: Rich drops a word in brackets and makes `:secret:` a picture."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.console import err, out
from pipeline.work import repo_root

FILES = sorted((repo_root() / "pipeline").rglob("*.py"))
CONSOLES = {"out", "err", "console"}
# What gives a number, or text without brackets, of our own.
HARMLESS = {"escape", "counted", "len", "sum", "signed", "usd"}


def _prints(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "print":
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id in CONSOLES:
                yield node


def _plain(call: ast.Call) -> bool:
    return any(
        each.arg == "markup" and isinstance(each.value, ast.Constant) and each.value.value is False
        for each in call.keywords
    )


def _harmless(value: ast.expr) -> bool:
    if isinstance(value, ast.Constant):
        return True
    if isinstance(value, ast.IfExp):
        return _harmless(value.body) and _harmless(value.orelse)
    if isinstance(value, ast.FormattedValue):
        number = value.format_spec is not None and ast.unparse(value.format_spec).rstrip("'\"").endswith(("d", "f"))
        return number or _harmless(value.value)
    if isinstance(value, ast.JoinedStr):
        return all(map(_harmless, value.values))
    if isinstance(value, (ast.Name, ast.Attribute)):  # made of escaped text, and of styles of ours, just before
        return ast.unparse(value) in ("sign", "self._line")
    if isinstance(value, ast.BinOp):
        return _harmless(value.left) and _harmless(value.right)
    if isinstance(value, ast.Call):
        name = value.func.id if isinstance(value.func, ast.Name) else ""
        return name in HARMLESS
    return False


def _is_text(value: ast.expr) -> bool:
    return isinstance(value, (ast.JoinedStr, ast.BinOp, ast.Constant, ast.IfExp))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(repo_root())))
def test_text_is_escaped_or_printed_without_markup(path: Path) -> None:
    risky = [
        f"line {call.lineno}"
        for call in _prints(path)
        if not _plain(call) and any(_is_text(each) and not _harmless(each) for each in call.args)
    ]
    assert risky == [], "use escape() around what isn't ours, or markup=False"


@pytest.mark.parametrize("text", ["arn:aws:secretsmanager:us-east-1:1:secret:a/b", "one :smile: two"])
def test_no_word_becomes_a_picture(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    for console in (out, err):
        console.print(text)
    shown = capsys.readouterr()
    assert shown.out == shown.err == f"{text}\n"


def test_a_line_is_never_broken(capsys: pytest.CaptureFixture[str]) -> None:
    address = "layer/aws_cloudwatch_metric_alarm." + "name_" * 40
    out.print(f"address {address}", markup=False)
    assert address in capsys.readouterr().out
