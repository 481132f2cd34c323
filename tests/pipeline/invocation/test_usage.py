"""A wrong command line is refused in one way: code 2, one message, and with `--json` one object."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from pipeline.cli import COMMANDS, build_app, main
from pipeline.errors import ExitCode
from tests.pipeline.operations.support import Run


def every_command() -> Iterator[tuple[str, ...]]:
    root: Any = typer.main.get_command(build_app([]))
    for name in COMMANDS:
        inside = getattr(root.commands[name], "commands", None)
        yield from ((name, each) for each in inside) if inside else [(name,)]


EVERY = sorted(every_command())


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_command_tells_wrong_usage_as_one_object(run: Run, words: tuple[str, ...]) -> None:
    for order in (("--nonsense", "--json"), ("--json", "--nonsense"), ("--json=yes",)):
        ran = run(*words, *order)
        assert ran.code == ExitCode.USAGE
        told = json.loads(ran.out)["error"]
        assert told["exit_code"] == ExitCode.USAGE
        assert told["message"]
        assert "--help" in told["hint"]


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_help_with_json_is_one_object(run: Run, words: tuple[str, ...]) -> None:
    ran = run(*words, "--help", "--json")
    assert ran.code == ExitCode.OK
    assert "Usage" in json.loads(ran.out)["output"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("nonsense", "No such command"),
        ("--json", "No such option"),
        ("synth --env", "requires an argument"),
        ("synth --env dev --env prod", "--env is given 2 times"),
        ("synth --env dev --env=dev", "--env is given 2 times"),
        ("synth --out a --out b", "--out is given 2 times"),
        ("scan --sarif a --sarif b", "--sarif is given 2 times"),
        ("local up --traffic --no-traffic", "--traffic and --no-traffic"),
        ("synth --out --json", "--out needs a value, and --json looks like an option"),
        ("scan --sarif --junit file", "--sarif needs a value, and --junit looks like an option"),
        ("synth --out=", "--out needs a value"),
        ("scan --dir=", "--dir needs a value"),
        ("synth surplus", "1 argument too many"),
        ("apply", "Missing argument"),
        ("image push --wait soon", "--wait"),
        ("image push --wait -1", "--wait"),
        ("secret generate session-key --env dev --env prod", "--env is given 2 times"),
    ],
)
def test_what_typer_would_pass_over_or_print_in_its_own_way(run: Run, words: str, said: str) -> None:
    ran = run(*words.split())
    assert ran.code == ExitCode.USAGE
    assert said in ran.err
    assert (ran.out == "") is ("--json" not in words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("rollback", ""), "RELEASE is empty"),
        (("releases", "", "--json"), "RELEASE|latest is empty"),
        (("apply", ""), "is empty"),
        (("secret", "set", ""), "is empty"),
    ],
)
def test_an_empty_argument_is_not_taken_for_none(run: Run, words: tuple[str, ...], said: str) -> None:
    """`rollback "$ID"` without an ID would ask nothing, since a release is named, and go back to what ran before."""
    ran = run(*words)
    assert ran.code == ExitCode.USAGE
    assert said in ran.err


def test_a_surplus_argument_is_not_repeated(run: Run) -> None:
    """It may be the value of a secret, in the log of a CI job."""
    ran = run("secret", "generate", "session-key", "hunter2", "--json")
    assert "hunter2" not in ran.out + ran.err


def test_what_can_be_said_twice_may_be(run: Run) -> None:
    ran = run("ci", "--json", "--json")
    assert ran.code == ExitCode.OK
    assert json.loads(ran.out).keys() == {"environments"}
    again = run("destroy", "--allow", "a", "--allow", "b", "--env", "nowhere")
    assert "nowhere" in again.err


def test_a_value_that_begins_with_a_dash_is_written_with_an_equals_sign(run: Run) -> None:
    assert "no such environment" in run("synth", "--env=-x").err


def test_without_any_word_the_help_is_shown(run: Run) -> None:
    ran = run("secret")
    assert ran.code == ExitCode.USAGE
    assert "Usage" in ran.out


def _completed(line: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> list[str]:
    """What bash is told to offer for the last word of a line."""
    monkeypatch.setenv("_SITECHAT_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(line.count(" ")))
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code in (None, 0)
    return capfd.readouterr().out.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("sitechat de", ["deploy", "destroy"]),
        ("sitechat secret ", ["set", "generate", "status"]),
        ("sitechat apply --fo", ["--follow"]),
        ("sitechat plan --env pr", ["prod"]),
        ("sitechat plan --env dev --j", ["--json"]),
    ],
)
def test_a_shell_is_told_how_a_line_can_go_on(
    line: str, offered: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert _completed(line, monkeypatch, capfd) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_that_asks_this_command(run: Run, shell: str) -> None:
    ran = run("--show-completion", shell)
    assert ran.code == ExitCode.OK
    assert "_SITECHAT_COMPLETE" in ran.out


@pytest.mark.parametrize("words", [(), *EVERY], ids=" ".join)
def test_help_names_no_types_of_programs(run: Run, words: tuple[str, ...]) -> None:
    """`--json <bool>` looks as if a value had to be typed."""
    assert re.findall(r"<\w+>", run(*words, "--help").out) == []


def _written(command: Any) -> Iterator[str]:
    yield from (each.help for each in (command, *command.params) if each.help)


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_help_shows_every_word_that_is_written(run: Run, words: tuple[str, ...], monkeypatch: Any) -> None:
    """Rich takes a word in brackets for a style, and shows nothing."""
    monkeypatch.setenv("COLUMNS", "400")
    command: Any = typer.main.get_command(build_app([]))
    for word in words:
        command = command.commands[word]
    shown = " ".join(re.sub("[│`]", " ", run(*words, "--help").out).split())
    texts = [" ".join(text.replace("\\[", "[").replace("`", " ").split()) for text in _written(command)]
    assert [text for text in texts if text.partition(". ")[0] not in shown] == []
