"""Strict reading of a command line: each option once, with a value, and a wrong one told as every other error is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import typer
from typer.core import TyperCommand

from pipeline.errors import ExitCode, SitechatError

# Typer keeps the class itself to itself.
UsageError = cast(type[Exception], typer.BadParameter.__base__)


class StrictCommand(TyperCommand):
    """A command that takes each option once. Of two values one would be passed over without a word."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse as Typer does, and refuse what Typer passes over."""
        given, rest, order = self.make_parser(ctx).parse_args(list(args))
        for option in (each for each in order if each.param_type_name == "option"):
            self._check(ctx, option, given.get(str(option.name)), order.count(option), args)
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
    """Run the command that `arguments` name. Raises SystemExit with its code, and SitechatError (2) for wrong usage."""
    command = typer.main.get_command(app)
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
