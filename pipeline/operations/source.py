"""Build context of an image: a folder whose last commit names the image."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import ExitCode, SitechatError
from pipeline.work import repo_root

# Digits of the commit in a tag: enough to stay unique when the repository grows.
DIGITS = 12
# Largest number of changed files that a refusal lists.
SHOWN = 10
# Folders of this repository that a Dockerfile can copy from by name, `COPY --from=passages`.
NAMED = ("passages",)
_ARG = re.compile(r"^\s*ARG\s+(\w+)=(\S+)", re.IGNORECASE)
_FROM = re.compile(r"^\s*FROM\s+(?:--\S+\s+)*(\S+)", re.IGNORECASE)
_COPIED_FROM = re.compile(r"^\s*(?:COPY|ADD)\b.*\s--from=(\S+)", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class BuildSource:
    """A build context, its image's tag, and its commit as `revision`: "unknown" without one, "-dirty" with changes.

    `named` are further contexts that its Dockerfile copies from. `epoch` is the commit's time in seconds, by which the
    same commit gives the same image; empty where the image isn't that of a commit alone.
    """

    context: Path
    tag: str
    revision: str
    named: Mapping[str, Path] = field(default_factory=dict)
    epoch: str = ""


def find_build_source(context: Path, tag: str | None) -> BuildSource:
    """The build context and its tag: the given one, else the last commit that touched the folder or a named one.

    Raises SitechatError: 2 for a folder that can't be built or a tag that can't be used, 5 for uncommitted changes.
    """
    if not (context / "Dockerfile").is_file():
        raise SitechatError(
            f"{context} holds no Dockerfile", hint="Name its folder with --context.", code=ExitCode.USAGE
        )
    named = _named(context)
    folders = (".", *(str(each) for each in named.values() if each.is_relative_to(_root(context))))
    revision = _git(context, "log", "-1", "--format=%H", "--", *folders)
    changed = _git(context, "status", "--porcelain", "--", *folders).splitlines()
    epoch = _git(context, "log", "-1", "--format=%ct", "--", *folders) if not changed else ""
    if tag is not None:
        return BuildSource(context, _usable(tag), f"{revision or 'unknown'}{'-dirty' if changed else ''}", named, epoch)
    if not revision:
        raise SitechatError(
            f"{context} has no commit to name the image after",
            hint="Commit it, or name the image with --tag.",
            code=ExitCode.USAGE,
        )
    if changed:
        listed = "\n".join(changed[:SHOWN])
        raise SitechatError(
            f"{context} has uncommitted changes, so no commit says what would be in the image:\n{listed}",
            hint="Commit them, or name the image with --tag.",
            code=ExitCode.REFUSED,
        )
    return BuildSource(context, revision[:DIGITS], revision, named, epoch)


def base_image(context: Path) -> str | None:
    """The image that the last stage of a Dockerfile builds on; None for `scratch` and where a variable isn't set."""
    variables: dict[str, str] = {}
    base = ""
    for line in (context / "Dockerfile").read_text(encoding="utf-8").splitlines():
        if not base and (given := _ARG.match(line)):
            variables[given[1]] = given[2].strip("\"'")
        if started := _FROM.match(line):
            base = re.sub(r"\$\{?(\w+)\}?", lambda found: variables.get(found[1], found[0]), started[1])
    return None if base in ("", "scratch") or "$" in base else base


def _named(context: Path) -> dict[str, Path]:
    """Folders of this repository that the Dockerfile of a context copies from."""
    wanted = set(_COPIED_FROM.findall((context / "Dockerfile").read_text(encoding="utf-8")))
    return {name: repo_root() / name for name in NAMED if name in wanted}


def _root(context: Path) -> Path:
    """Root of the repository a folder is in; the folder itself outside of one."""
    return Path(_git(context, "rev-parse", "--show-toplevel") or context)


def _usable(tag: str) -> str:
    from pydantic import TypeAdapter, ValidationError

    from config.sections.image import ImageTag

    try:
        return TypeAdapter(ImageTag).validate_python(tag)
    except ValidationError:
        raise SitechatError(
            f"{tag[:140]!r} can't be a tag",
            hint="A tag has up to 128 letters, digits and . _ -, starting with no . or -.",
            code=ExitCode.USAGE,
        ) from None


def _git(folder: Path, *arguments: str) -> str:
    """Output of a git command in a folder; empty without git or without a repository."""
    try:
        result = subprocess.run(["git", "-C", folder, *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""
