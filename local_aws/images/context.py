"""Files of a build context that a COPY finds: all but those that `.dockerignore` leaves out."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local_aws.images.dockerfile import Copy, PackingError


@dataclass(frozen=True)
class ContextFile:
    """A file of the context: where it is, and its path in the image."""

    source: Path
    target: str


def context_files(context: Path) -> dict[str, Path]:
    """Files of the context by their path in it. Raises PackingError for a link that leads out of it."""
    ignore = context / ".dockerignore"
    rules = _rules(ignore.read_text(encoding="utf-8")) if ignore.is_file() else []
    found: dict[str, Path] = {}
    for folder, folders, names in os.walk(context):
        links = [each for each in folders if (Path(folder) / each).is_symlink()]
        for name in sorted([*names, *links]):
            path = Path(folder) / name
            inside = path.relative_to(context).as_posix()
            if _ignored(inside, rules):
                continue
            if not path.resolve().is_relative_to(context.resolve()):
                raise PackingError(f"{inside} is a link that leads out of the build context")
            if not path.is_file():
                raise PackingError(f"{inside} is a link to no file: links to folders are not copied here")
            found[inside] = path
    return found


def copied(copies: list[Copy], context: Path, named: Mapping[str, Path] | None = None) -> list[ContextFile]:
    """Files that the COPY lines put into the image; a later one replaces an earlier one. Raises PackingError.

    `named` are the contexts that `--from` can name.
    """
    files = {"": context_files(context)} | {name: context_files(folder) for name, folder in (named or {}).items()}
    placed: dict[str, ContextFile] = {}
    for copy in copies:
        for source in copy.sources:
            for target, path in _matched(source, copy.target, files[copy.context]):
                placed[target] = ContextFile(path, target)
    return [placed[target] for target in sorted(placed)]


def _matched(source: str, target: str, files: dict[str, Path]) -> list[tuple[str, Path]]:
    """Files a source names with their targets: a folder's content, or files, as COPY does it."""
    name = posixpath.normpath(source).lstrip("/")
    if name == ".":
        return [(posixpath.join(target, inside), path) for inside, path in files.items()]
    pattern = re.compile(_expression(name))
    single = [inside for inside in files if pattern.fullmatch(inside)]
    found = [
        (posixpath.join(target, posixpath.basename(inside)) if target.endswith("/") else target, files[inside])
        for inside in single
    ]
    for inside, path in files.items():
        parents = [parent for parent in _parents(inside) if pattern.fullmatch(parent)]
        if parents:
            found.append((posixpath.join(target, posixpath.relpath(inside, parents[0])), path))
    if not found:
        raise PackingError(f"COPY {source}: the build context holds no such file")
    return found


def _rules(text: str) -> list[tuple[bool, re.Pattern[str]]]:
    rules = []
    for line in text.splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        kept = pattern.startswith("!")
        name = posixpath.normpath(pattern.lstrip("!").strip()).strip("/")
        rules.append((not kept, re.compile(_expression(name))))
    return rules


def _ignored(inside: str, rules: list[tuple[bool, re.Pattern[str]]]) -> bool:
    """Whether the last rule that matches a file, or a folder above it, leaves it out."""
    names = (inside, *_parents(inside))
    ignored = False
    for leaves_out, pattern in rules:
        if any(pattern.fullmatch(name) for name in names):
            ignored = leaves_out
    return ignored


def _parents(inside: str) -> list[str]:
    return [parent.as_posix() for parent in Path(inside).parents if parent.as_posix() != "."]


def _expression(pattern: str) -> str:
    """A pattern of `.dockerignore` or COPY as a regular expression."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[\^?[^\]\\[]+\])", pattern)
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    # Every second part is one of the pattern's own; a class, such as [cod], is the same in both languages.
    return "".join(known.get(part, part) if at % 2 else re.escape(part) for at, part in enumerate(parts))
