"""Files that a layer uploads: each is referred to, lies in the folder, and has the content that was synthesised."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.synth.folder import on_one_line
from terraform_json.blocks import data_sources, resources, strings
from terraform_json.strict import NotPlainError, read_plain_file

FOLDER = "assets"
# Argument that names a file, and the one beside it with the base64 of its SHA-256.
_HASHES = {"source": "source_hash", "filename": "source_code_hash"}


def asset_problems(config: dict[str, Any], folder: Path) -> list[str]:
    """What is wrong with the assets of a layer in its folder, one line each."""
    found: list[str] = []
    used: set[str] = set()
    for block in (*resources(config), *data_sources(config)):
        vouched = 0
        for argument, hash_argument in _HASHES.items():
            name = block.body.get(argument)
            if isinstance(name, str) and name.startswith(f"{FOLDER}/"):
                used.add(name)
                vouched += 1
                found += _wrong_file(f"{block.address}: {argument}", folder, name, block.body.get(hash_argument))
            elif name is not None and _is_path(block.type, argument):
                found.append(f"{block.address}: {argument} is no file that was synthesised; synthesise again")
        if sum(text.startswith(f"{FOLDER}/") for text in strings(block.body)) > vouched:
            found.append(f"{block.address}: names an asset where none is uploaded; synthesise again")
    there = {path.relative_to(folder).as_posix() for path in (folder / FOLDER).rglob("*") if not path.is_dir()}
    return found + [
        f"{on_one_line(name)} is uploaded by nothing; synthesise into an empty folder" for name in sorted(there - used)
    ]


def _is_path(kind: str, argument: str) -> bool:
    """Whether an argument is the path of a file: a `source` is one in S3 objects, elsewhere it is an id."""
    return argument == "filename" or kind in ("aws_s3_object", "aws_s3_bucket_object")


def _wrong_file(place: str, folder: Path, name: str, expected: Any) -> Iterator[str]:
    try:
        if ".." in Path(name).parts:
            raise NotPlainError("it leads out of the folder")
        content = read_plain_file(folder / name)
    except NotPlainError as error:
        yield f"{place}: {name} can't be read ({error}); synthesise again"
        return
    if b64encode(hashlib.sha256(content).digest()).decode() != expected:
        yield f"{place}: {name} is not the file that was synthesised: its hash is another; synthesise again"
