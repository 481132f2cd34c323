"""Files of a synthesised folder: those a synthesis writes, plain ones, and no others."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

MANIFEST = "manifest.json"
LAYER_FILE = "cdk.tf.json"
# Where constructs put the files that cdktf then copies as assets; Terraform reads none of them.
PACKAGES = "packages"
# An asset lies two folders below: the construct's name and the hash cdktf gives it.
ASSET = re.compile(r"assets/[\w-]+/[0-9A-F]{32}/[\w.-]+", re.ASCII)
_PACKAGE = re.compile(r"[\w-]+\.zip", re.ASCII)
_ASSET_FOLDER = re.compile(r"assets(/[\w-]+(/[0-9A-F]{32})?)?", re.ASCII)
# More entries than the largest environment has by far.
MOST_ENTRIES = 2000
_AGAIN = "synthesise into an empty folder"


def layer_path(name: str) -> str:
    """Where the file of a layer lies in a synthesised folder."""
    return f"stacks/{name}/{LAYER_FILE}"


def on_one_line(name: str) -> str:
    """A file's name for a message: quoted where it holds line breaks or bytes that can't be printed."""
    return name if name.isprintable() else ascii(name)


def strange_entries(directory: Path, layers: Collection[str]) -> Iterator[str]:
    """What a synthesis of these layers wouldn't have written, one line each with what to do."""
    for number, (path, mode) in enumerate(_entries(directory)):
        if number == MOST_ENTRIES:
            yield f"{directory} holds more than {MOST_ENTRIES} entries; {_AGAIN}"
            return
        inside = path.relative_to(directory).as_posix()
        shown = on_one_line(inside)
        if stat.S_ISLNK(mode):
            yield f"{shown} is a symbolic link, which may lead anywhere; {_AGAIN}"
        elif stat.S_ISDIR(mode):
            if not _known_folder(inside, layers):
                yield f"{shown}/ is of no layer that {MANIFEST} lists; {_AGAIN}"
        elif not stat.S_ISREG(mode):
            yield f"{shown} is no regular file; {_AGAIN}"
        elif not _known_file(inside, layers):
            yield f"{shown} is no file of a layer that {MANIFEST} lists; {_AGAIN}"


def _entries(directory: Path) -> Iterator[tuple[Path, int]]:
    """Every entry with its kind, links not followed. A folder that can't be listed is told as no regular file."""
    try:
        with os.scandir(directory) as listed:
            entries = sorted(listed, key=lambda each: each.name)
    except OSError:
        yield directory / "(can't be listed)", 0
        return
    for entry in entries:
        mode = entry.stat(follow_symlinks=False).st_mode
        yield Path(entry.path), mode
        if stat.S_ISDIR(mode):
            yield from _entries(Path(entry.path))


def _known_folder(inside: str, layers: Collection[str]) -> bool:
    top, _, rest = inside.partition("/")
    layer, _, below = rest.partition("/")
    if top not in ("stacks", PACKAGES) or (layer and layer not in layers):
        return False
    return not below or _ASSET_FOLDER.fullmatch(below) is not None


def _known_file(inside: str, layers: Collection[str]) -> bool:
    if inside == MANIFEST:
        return True
    top, _, rest = inside.partition("/")
    layer, _, below = rest.partition("/")
    if layer not in layers:
        return False
    if top == PACKAGES:
        return _PACKAGE.fullmatch(below) is not None
    return top == "stacks" and (below == LAYER_FILE or ASSET.fullmatch(below) is not None)
