"""Options that several commands share, spelled and explained once."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import DISK_FULL, ExitCode, SitechatError
from pipeline.work import repo_root


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


def complete_env(begun: str) -> list[str]:
    """Names of checked-in environments that begin like this, for a shell's completion."""
    names = (path.stem for path in (repo_root() / "environments").glob("*.toml"))
    return sorted(name for name in names if name.startswith(begun))


EnvRef = Annotated[
    str,
    typer.Option(
        "--env",
        metavar="NAME|FILE",
        envvar="SITECHAT_ENV",
        callback=resolve_env,
        autocompletion=complete_env,
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
AcceptUnpriced = Annotated[
    list[str] | None,
    typer.Option(
        "--accept-unpriced",
        metavar="LAYER/ADDRESS",
        envvar="SITECHAT_ACCEPT_UNPRICED",
        help="Go on with the figure of [[cost.accepted]] where this has no price; may be repeated.",
    ),
]
DEFAULT_ENV = "dev"


@contextmanager
def writing(option: str, path: Path) -> Iterator[None]:
    """Write what an option asks for. Raises SitechatError (2) where nothing can be written there."""
    try:
        yield
    except (OSError, RuntimeError) as error:  # RuntimeError: links that lead in a circle
        if isinstance(error, OSError) and error.errno in DISK_FULL:
            raise
        raise SitechatError(
            f"{option} {path} can't be written: {getattr(error, 'strerror', None) or error}",
            hint=f"Name another place with {option}: one that exists, or whose folder may be created.",
            code=ExitCode.USAGE,
        ) from None


def check_file(option: str, path: Path, *, given: Path | None = None) -> None:
    """Raise SitechatError (2), before anything is done, unless a file may be written there: a new one or a plain one.

    A pipe would keep the command waiting, a device keeps nothing. `given` is the folder of the file where the
    option names that.
    """
    from pipeline.synth.cache import SOURCES

    with writing(option, given or path):
        place = path.resolve()
        inside = place.relative_to(repo_root()).parts if place.is_relative_to(repo_root()) else ("",)
        if inside[0] in (*SOURCES, ".git"):
            raise OSError(errno.EPERM, f"{inside[0]} is part of this project")
        if place.exists() and not place.is_file():
            raise OSError(errno.EPERM, "it is a folder, device or pipe")
        nearest = next(each for each in place.parents if each.exists())
        if not nearest.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(nearest, os.W_OK | os.X_OK):
            raise OSError(errno.EROFS, f"{nearest} is read-only")
