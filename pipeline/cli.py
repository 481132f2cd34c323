"""Entry point of `sitechat`: loads the command, and turns errors into one message and an exit code."""

from __future__ import annotations

import errno
import importlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pipeline.errors import DISK_FULL, NO_RIGHTS, ExitCode, SitechatError
from pipeline.invocation import course
from pipeline.invocation.answer import asks_for_json, escape_unprintable, held_back, one_object, write_out
from pipeline.invocation.hints import repeat_words
from pipeline.invocation.interrupts import ending_at_once, ignoring_interrupts, raising_interrupts, received_interrupt

if TYPE_CHECKING:
    import typer

# Commands in the order `--help` shows them, each a module of its name in pipeline/commands. A module has either
# `command`, a function with Typer's annotations, or `app`, a group.
COMMANDS = (
    "env",
    "bootstrap",
    "doctor",
    "synth",
    "scan",
    "cost",
    "plan",
    "show",
    "logs",
    "report",
    "apply",
    "deploy",
    "migrate",
    "release",
    "releases",
    "rollback",
    "exec",
    "alarms",
    "history",
    "drift",
    "recover",
    "destroy",
    "outputs",
    "secret",
    "image",
    "ingest",
    "bedrock",
    "ci",
    "rights",
    "trace",
    "local",
)

DISK_HINT = "Free some space where `.sitechat/` is, and run the command again: it goes on with what is left."
WORK = ".sitechat"
PLACE_HINT = f"Commands read this project and write to its folder {WORK}/: both have to be within your rights."
INTERRUPT_HINT = "What was begun is ended, and what was finished is kept: run the command again."
BUG_HINT = "The traceback on standard error is what a bug report needs."


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `sitechat` and exit with one of ExitCode."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with raising_interrupts():
            escape_unprintable()
            exit_with_code(lambda: _run(given), as_json=asks_for_json(given), arguments=given)
    finally:
        if arguments is None:
            ending_at_once()


def exit_with_code(action: Callable[[], None], *, as_json: bool = False, arguments: Sequence[str] = ()) -> None:
    """Run `action`. An error that a person can act on is printed and becomes the exit code; a bug is raised.

    With `as_json` standard output gets exactly one object, however it ends. Hints repeat what of `arguments`, the
    words of the command line, the next command needs.
    """
    printed = io.StringIO()
    code: int | None = None
    error: SitechatError | None = None
    bug: Exception | None = None
    course.begin(arguments)
    try:
        with held_back(printed, as_json=as_json):
            action()
    except SystemExit as ended:
        code = _code(ended)
    except KeyboardInterrupt as interrupt:
        error = _interrupted(interrupt)
    except Exception as raised:
        error = _explained(raised)
        if error is None and (received := received_interrupt()) is not None:
            error = _interrupted(received)
        bug = raised if error is None else None
    with ignoring_interrupts():
        if bug is not None:
            error = SitechatError(f"a bug of ours: {type(bug).__name__}", hint=BUG_HINT, code=ExitCode.BUG)
        if error is not None:
            repeat_words(error, arguments)
        unwritten = write_out(one_object(printed.getvalue(), error) if as_json else "")
        if bug is not None:
            course.end(int(ExitCode.BUG))
            raise bug
        for each in filter(None, (error, unwritten)):
            _print_error(each)
            code = int(each.code)
        course.end(code or int(ExitCode.OK))
    if code is not None:
        raise SystemExit(code)


def _is_of_the_place(raised: OSError) -> bool:
    """Whether files or rights of this machine are in the way: what is read-only, or a `.sitechat` that is no folder."""
    no_folder = raised.errno in (errno.ENOTDIR, errno.EEXIST) and WORK in str(raised.filename)
    return raised.errno in NO_RIGHTS or no_folder


def _code(ended: SystemExit) -> int:
    if ended.code is None or isinstance(ended.__context__, BrokenPipeError):  # help, whose reader has gone
        return int(ExitCode.OK)
    return ended.code if isinstance(ended.code, int) else int(ExitCode.BUG)


def _interrupted(interrupt: KeyboardInterrupt) -> SitechatError:
    return SitechatError(str(interrupt) or "interrupted", hint=INTERRUPT_HINT, code=ExitCode.INTERRUPTED)


def _explained(raised: Exception) -> SitechatError | None:
    """The error to print for what was raised; None for a bug."""
    if isinstance(raised, SitechatError):
        return raised
    if isinstance(raised, BrokenPipeError):
        return SitechatError("whoever read the output has gone", code=ExitCode.FAILED)
    if isinstance(raised, OSError) and raised.errno in DISK_FULL:
        return SitechatError(f"the disk is full: {raised}", hint=DISK_HINT, code=ExitCode.FAILED)
    if isinstance(raised, OSError) and raised.filename and _is_of_the_place(raised):
        text = f"{raised.filename} can't be used: {raised.strerror}"
        return SitechatError(text, hint=PLACE_HINT, code=ExitCode.USAGE)
    return _config_problems(raised)


def _run(arguments: Sequence[str]) -> None:
    """Find and run the command. Everything that takes time to load is loaded here, where an interrupt is told."""
    try:
        os.getcwd()
    except OSError:
        hint = "Change to one that exists, and run the command again."
        raise SitechatError("the folder you are in is gone", hint=hint, code=ExitCode.USAGE) from None
    app = build_app(arguments)
    from pipeline.invocation.usage import run

    run(app, arguments)


def build_app(arguments: Sequence[str]) -> typer.Typer:
    """The Typer app with the one command that `arguments` name, or with all commands when they name none (--help)."""
    import typer

    from pipeline.invocation.usage import StrictGroup
    from pipeline.invocation.version import root

    app = typer.Typer(no_args_is_help=True, cls=StrictGroup, pretty_exceptions_enable=False)
    app.callback()(root)
    named = arguments[0] if arguments and arguments[0] in COMMANDS else None
    for name in [named] if named else COMMANDS:
        _register(app, name)
    return app


def _register(app: typer.Typer, name: str) -> None:
    from pipeline.invocation.usage import StrictCommand, StrictGroup

    module = importlib.import_module(f"pipeline.commands.{name}")
    if hasattr(module, "app"):
        for each in module.app.registered_commands:
            each.cls = StrictCommand
        app.add_typer(module.app, name=name, cls=StrictGroup)
    else:
        app.command(name, cls=StrictCommand)(module.command)


def _config_problems(error: Exception) -> SitechatError | None:
    """What to tell of a ConfigError, else None. `config` is looked up in sys.modules: some commands don't import it."""
    config = sys.modules.get("config")
    if config is not None and isinstance(error, config.ConfigError):
        return SitechatError(str(error), hint=error.hint, code=ExitCode.USAGE)
    return None


def _print_error(error: SitechatError) -> None:
    from rich.markup import escape

    from pipeline.console import err

    err.print(f"[bold red]error:[/bold red] {escape(error.message)}", soft_wrap=True)
    if error.hint:
        err.print(f"[bold]next:[/bold]  {escape(error.hint)}", soft_wrap=True)
