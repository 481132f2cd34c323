"""Options that several commands share, spelled and explained once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import DISK_FULL, ExitCode, SitechatError


def resolve_env(given: str | None) -> str | None:
    """A file of an environment by its whole path, so that every process finds the same one; a name as it is.

    Links are not followed: the name of the file that is given is the environment's name.
    """
    if given is None or re.fullmatch(r"[\w-]+", given):
        return given
    try:
        return str(Path(given).absolute())
    except FileNotFoundError:
        raise SitechatError(
            f"--env {given} is relative to a folder that is gone",
            hint="Change to a folder that exists, or give the whole path.",
            code=ExitCode.USAGE,
        ) from None


EnvRef = Annotated[
    str,
    typer.Option(
        "--env",
        metavar="NAME|FILE",
        envvar="SITECHAT_ENV",
        callback=resolve_env,
        help="The environment: a name or a TOML file.",
    ),
]
LayerName = Annotated[str | None, typer.Option("--layer", metavar="NAME", help="Only this layer.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Yes = Annotated[bool, typer.Option("--yes", help="Don't ask; only where the environment sets auto_approve.")]
Allow = Annotated[
    list[str] | None,
    typer.Option("--allow", metavar="LAYER/ADDRESS@DATE", help="Let this be destroyed, until DATE; may be repeated."),
]
DEFAULT_ENV = "dev"


@contextmanager
def writing(option: str, path: Path) -> Iterator[None]:
    """Write what an option asks for. Raises SitechatError (2) where nothing can be written there."""
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            raise
        raise SitechatError(
            f"{option} {path} can't be written: {error.strerror or error}",
            hint=f"Name another place with {option}: one that exists, or whose folder may be created.",
            code=ExitCode.USAGE,
        ) from None
