"""Entry point of `sitechat`: loads the command, and turns errors into one message and an exit code."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Sequence

import typer
from rich.markup import escape

from pipeline.console import err
from pipeline.errors import DISK_FULL, ExitCode, SitechatError

# Commands in the order `--help` shows them, each a module of its name in pipeline/commands. A module has either
# `command`, a function with Typer's annotations, or `app`, a group.
COMMANDS = (
    "bootstrap",
    "doctor",
    "synth",
    "scan",
    "cost",
    "plan",
    "report",
    "apply",
    "deploy",
    "drift",
    "recover",
    "destroy",
    "outputs",
    "secret",
    "image",
    "ingest",
    "ci",
    "rights",
    "trace",
    "local",
)

DISK_HINT = "Free some space where `.sitechat/` is, and run the command again: it goes on with what is left."


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `sitechat` and exit with one of ExitCode."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    exit_with_code(lambda: build_app(given)(args=given, prog_name="sitechat"), as_json="--json" in given)


def exit_with_code(action: Callable[[], None], *, as_json: bool = False) -> None:
    """Run `action`. An error that a person can act on is printed and becomes the exit code; a bug is raised."""
    try:
        action()
    except SitechatError as error:
        _print_error(error.message, error.hint, error.code, as_json=as_json)
        raise SystemExit(int(error.code)) from None
    except KeyboardInterrupt:
        _print_error("interrupted", "", ExitCode.INTERRUPTED, as_json=as_json)
        raise SystemExit(int(ExitCode.INTERRUPTED)) from None
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        _print_error(f"the disk is full: {error}", DISK_HINT, ExitCode.FAILED, as_json=as_json)
        raise SystemExit(int(ExitCode.FAILED)) from None
    except Exception as error:
        problems = _config_problems(error)
        if problems is None:
            raise
        _print_error(problems, "", ExitCode.USAGE, as_json=as_json)
        raise SystemExit(int(ExitCode.USAGE)) from None


def build_app(arguments: Sequence[str]) -> typer.Typer:
    """The Typer app with the one command that `arguments` name, or with all commands when they name none (--help)."""
    app = typer.Typer(
        help="Synthesise, scan, plan and apply a SiteChat environment.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_root)
    named = arguments[0] if arguments and arguments[0] in COMMANDS else None
    for name in [named] if named else COMMANDS:
        _register(app, name)
    return app


def _root() -> None:
    """Synthesise, scan, plan and apply a SiteChat environment."""


def _register(app: typer.Typer, name: str) -> None:
    module = importlib.import_module(f"pipeline.commands.{name}")
    if hasattr(module, "app"):
        app.add_typer(module.app, name=name)
    else:
        app.command(name)(module.command)


def _config_problems(error: Exception) -> str | None:
    """The text of a ConfigError, else None. `config` is looked up in sys.modules: some commands don't import it."""
    config = sys.modules.get("config")
    if config is not None and isinstance(error, config.ConfigError):
        return str(error)
    return None


def _print_error(message: str, hint: str, code: ExitCode, *, as_json: bool) -> None:
    err.print(f"[bold red]error:[/bold red] {escape(message)}", soft_wrap=True)
    if hint:
        err.print(f"[bold]next:[/bold]  {escape(hint)}", soft_wrap=True)
    if as_json:
        print(json.dumps({"error": {"message": message, "hint": hint, "exit_code": int(code)}}))
