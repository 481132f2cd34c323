"""Where a synthesis may be written: a new or empty folder, or one that holds an earlier synthesis and nothing else."""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import ExitCode, SitechatError
from pipeline.synth.cache import MANIFEST, SOURCES
from pipeline.synth.folder import ASSET
from pipeline.work import Work, repo_root

LAYER_FILE = "cdk.tf.json"
# Written by cdktf itself beside a layer's file, in some versions.
METADATA = "metadata.json"
# Where constructs pack the code of functions, a folder a layer; left where `main.py` was run by hand.
PACKAGES = "packages"
# Far above any real manifest.
MANIFEST_BYTES = 10_000_000
SHOWN = 3
READINGS = 5
HINT = "Name a new or empty folder, or one that holds an earlier synthesis and nothing else."


def check_place(given: Path) -> Path:
    """Whole path of the folder that --out names. Raises SitechatError (2) unless a synthesis may be written there."""
    try:
        if given.is_symlink():
            raise place_error(given, "it is a symbolic link")
        target = given.resolve()
        _check_surroundings(given, target)
        if target.exists() and not target.is_dir():
            raise place_error(given, "it is no folder")
        if target.is_dir() and (found := strangers(target)):
            raise place_error(given, holds(found))
        _check_access(given, target)
    except (OSError, RuntimeError) as error:  # RuntimeError: links that lead in a circle
        raise place_error(given, getattr(error, "strerror", None) or str(error)) from None
    return target


def is_own(target: Path) -> bool:
    """Whether the folder lies where commands keep their syntheses, which nobody else writes to."""
    return target.parent == Work(repo_root()).dir / "synth"


def strangers(folder: Path) -> list[str]:
    """The first names in `folder` of what a synthesis doesn't write; without a manifest that is everything.

    Another command may exchange the folder while it is read: then it is read again.
    """
    first: list[str] = []
    for _ in range(READINGS):
        before = _number(folder)
        layers = _layers_of_manifest(folder / MANIFEST)
        try:
            found = (name for name, plain in _entries(folder) if not plain or not _is_written(Path(name).parts, layers))
            first = list(itertools.islice(found, SHOWN + 1))
        except FileNotFoundError:
            if _number(folder) == before:
                raise
            continue
        if not first or _number(folder) == before:
            break
    return first


def _number(folder: Path) -> int:
    """What tells a folder from another one of the same name."""
    return folder.stat().st_ino


def holds(names: Sequence[str]) -> str:
    """Words for what would be lost."""
    more = " and more" if len(names) > SHOWN else ""
    return f"it holds what a synthesis doesn't write: {', '.join(names[:SHOWN])}{more}"


def place_error(path: Path, why: str) -> SitechatError:
    """The error for a place that is refused."""
    return SitechatError(f"--out {path} can't be written: {why}", hint=HINT, code=ExitCode.USAGE)


def _check_surroundings(given: Path, target: Path) -> None:
    """Refuse folders whose replacement would take away more than a synthesis."""
    for what, path in (
        ("the folder you are in", Path.cwd()),
        ("this project", repo_root()),
        ("your home folder", Path.home()),
    ):
        if target == path or target in path.parents:
            raise place_error(given, f"it is {what}, or holds it")
    for path in (given.absolute(), target):  # the first may lead out of the project by a link
        if path.is_relative_to(repo_root()) and not is_own(target) and _is_among_sources(path):
            raise place_error(given, "it lies in a part of this project")


def _is_among_sources(path: Path) -> bool:
    """Whether a path of the project lies in a folder of sources or a hidden one, or beside files of another folder."""
    parts = path.relative_to(repo_root()).parts
    between = [each for each in path.parents if each != repo_root() and each.is_relative_to(repo_root())]
    return (
        parts[0] in SOURCES
        or parts[0].startswith(".")
        or any(inside.is_file() for each in between if each.is_dir() for inside in each.iterdir())
    )


def _check_access(given: Path, target: Path) -> None:
    nearest = next(path for path in (target.parent, *target.parents) if path.exists())
    if not nearest.is_dir():
        raise place_error(given, "Not a directory")
    for path in {nearest, target} if target.exists() else {nearest}:
        if not os.access(path, os.W_OK | os.X_OK):
            raise place_error(given, f"{path} is read-only")


def _layers_of_manifest(path: Path) -> set[str]:
    """Layers that cdktf's manifest lists; none where there is no manifest, or another one."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MANIFEST_BYTES:
            return set()
        stacks: Any = json.loads(path.read_bytes())["stacks"]
        listed = {name: entry["synthesizedStackPath"] for name, entry in stacks.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return set()
    ours = all(re.fullmatch(r"[\w-]+", name) and at == f"stacks/{name}/{LAYER_FILE}" for name, at in listed.items())
    return set(listed) if ours else set()


def _entries(folder: Path) -> Iterator[tuple[str, bool]]:
    """Files and links below `folder`, and folders without any, each with whether it is a plain file."""
    for path, folders, files in os.walk(folder):
        folders.sort()
        for name in (*sorted(files), *folders):
            each = Path(path, name)
            plain = each.is_file() and not each.is_symlink()
            if plain or name in files or each.is_symlink() or not any(each.iterdir()):
                yield each.relative_to(folder).as_posix(), plain


def _is_written(parts: tuple[str, ...], layers: set[str]) -> bool:
    """Whether cdktf writes a file of this path for one of these layers."""
    if parts == (MANIFEST,):
        return bool(layers)
    if len(parts) < 3 or parts[1] not in layers:
        return False
    if parts[0] == PACKAGES:
        return len(parts) == 3 and parts[2].endswith(".zip")
    if parts[0] != "stacks":
        return False
    inside = "/".join(parts[2:])
    return inside in (LAYER_FILE, METADATA) or ASSET.fullmatch(inside) is not None
