"""Strict reading of a command line: each option once, with a value, and a wrong one told as every other error is.

Help shows options as they are typed: a flag takes no value, so it has no type.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import typer
from rich.markup import escape
from typer.core import TyperCommand, TyperGroup

from pipeline.errors import ExitCode, SitechatError

# Typer keeps the class itself to itself.
UsageError = cast(type[Exception], typer.BadParameter.__base__)


def _as_typed(params: list[Any]) -> list[Any]:
    """Parameters whose help leaves out the type where nothing is to be typed, or where the name says what."""
    for each in params:
        if each.param_type_name == "argument":
            each.display_type_rich = lambda ctx: None
        elif each.is_flag and each.metavar is None:
            each.metavar = ""
    return params


def _in_plain_text(command: Any) -> None:
    """Let help stand as it is written: Rich would take a section's name in brackets for a style, and drop it."""
    for each in (command, *command.params):
        each.help = escape(each.help) if each.help else each.help


class StrictGroup(TyperGroup):
    """A group of commands, shown as `StrictCommand` shows one."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        _in_plain_text(self)

    def get_params(self, ctx: Any) -> list[Any]:
        """Parameters as Typer has them, shown as they are typed."""
        return _as_typed(super().get_params(ctx))


class StrictCommand(TyperCommand):
    """A command that takes each option once. Of two values one would be passed over without a word."""

    def __init__(self, name: str | None, **settings: Any) -> None:
        super().__init__(name, **settings)
        _in_plain_text(self)

    def get_params(self, ctx: Any) -> list[Any]:
        """Parameters as Typer has them, shown as they are typed."""
        return _as_typed(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse as Typer does, and refuse what Typer passes over."""
        if ctx.resilient_parsing:  # a shell asks how an unfinished line could go on
            return super().parse_args(ctx, args)
        given, rest, order = self.make_parser(ctx).parse_args(list(args))
        for option in (each for each in order if each.param_type_name == "option"):
            self._check(ctx, option, given.get(str(option.name)), order.count(option), args)
        for argument in (each for each in order if each.param_type_name == "argument"):
            # Mostly a variable of a script that is not set: `rollback "$ID"` would go back to whatever ran before.
            if given.get(str(argument.name)) == "":
                name = (argument.metavar or str(argument.name).upper()).strip("[]")
                ctx.fail(f"{name} is empty")
        if rest and not ctx.allow_extra_args:
            # Typer's message repeats them: one may be the value of a secret.
            ctx.fail(f"{len(rest)} argument{'s' if len(rest) > 1 else ''} too many")
        return super().parse_args(ctx, args)

    def _check(self, ctx: Any, option: Any, value: object, times: int, args: Sequence[str]) -> None:
        name = option.opts[0]
        if option.is_flag:
            if times > 1 and option.secondary_opts:
                ctx.fail(f"{name} and {option.secondary_opts[0]} are given {times} times; give one of them once")
            return
        if times > 1 and not option.multiple:
            ctx.fail(f"{name} is given {times} times; give it once")
        for each in value if isinstance(value, list) else [value]:
            if not each:
                ctx.fail(f"{name} needs a value")
            # One that begins with a dash is mostly the next option. Written as --name=-value it is meant.
            if str(each).startswith("-") and not any(f"{flag}={each}" in args for flag in option.opts):
                ctx.fail(f"{name} needs a value, and {each} looks like an option")


def run(app: typer.Typer, arguments: Sequence[str]) -> None:
    """Run the command that `arguments` name. Raises SystemExit with its code, and SitechatError (2) for wrong usage.

    A shell that asks for completions (`_SITECHAT_COMPLETE`) is answered instead.
    """
    command: Any = typer.main.get_command(app)
    command._main_shell_completion({}, "sitechat")
    try:
        with command.make_context("sitechat", list(arguments)) as context:
            command.invoke(context)
    except typer.Exit as ended:
        raise SystemExit(int(ended.exit_code)) from None
    except typer.Abort:
        raise SitechatError("interrupted at a question", code=ExitCode.INTERRUPTED) from None
    except UsageError as error:
        raise _explained(error) from None
    raise SystemExit(int(ExitCode.OK))


def _explained(error: Any) -> BaseException:
    """The error for a wrong command line. Without any argument the help is what was asked for; Typer has printed it."""
    if type(error).__name__ == "NoArgsIsHelpError":
        return SystemExit(int(ExitCode.USAGE))
    path = error.ctx.command_path if error.ctx else "sitechat"
    return SitechatError(
        error.format_message().rstrip("."), hint=f"`{path} --help` says what it takes.", code=ExitCode.USAGE
    )
