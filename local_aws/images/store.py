"""Images kept in the folder of a run: the files of an image, its manifest, and the interpreter that runs it.

The digest is that of an OCI manifest, whose one layer is named by the hash of the sorted tree; so equal files under
equal settings have an equal digest, on every machine.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from local_aws.images.context import ContextFile, copied
from local_aws.images.dockerfile import ImageSettings, PackingError, read_dockerfile

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
_CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
_LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
_DESCRIPTION = "image.json"
_TREE = "root"
_PREFIX = "sha256:"


@dataclass(frozen=True)
class StoredImage:
    """An image of a run. `tree` is the folder that stands for its root; `notes` are lines not carried out."""

    digest: str
    manifest: str
    tree: Path
    settings: ImageSettings
    interpreter: Path
    notes: tuple[str, ...]
    # What the manifest names, by digest: the configuration, and the list of files that stands for the layer.
    blobs: Mapping[str, bytes] = field(default_factory=dict, compare=False)


def pack(context: Path, images: Path, interpreter: Path, *, named: Mapping[str, Path] | None = None) -> StoredImage:
    """Build the image of a context with a Dockerfile below `images`, to be run with `interpreter`.

    `named` are further contexts, as `--build-context NAME=FOLDER` gives them. Raises PackingError for a Dockerfile that
    a process can't stand for.
    """
    named = named or {}
    recipe = read_dockerfile((context / "Dockerfile").read_text(encoding="utf-8"), frozenset(named))
    files = copied(recipe.copies, context, named)
    if not files and not recipe.settings.entrypoint and not recipe.settings.command:
        raise PackingError("Dockerfile: it copies no file of the context and names no command, so nothing would run")
    manifest, blobs = _manifest(files, recipe.settings)
    digest = _sha(manifest.encode())
    image = StoredImage(
        digest, manifest, _folder(images, digest) / _TREE, recipe.settings, interpreter, tuple(recipe.notes), blobs
    )
    _write(image, files, images)
    return image


def find_image(images: Path, digest: str) -> StoredImage | None:
    """The image with a digest, or None."""
    folder = _folder(images, digest)
    try:
        told = json.loads((folder / _DESCRIPTION).read_text(encoding="utf-8"))
    except OSError:
        return None
    settings = told["settings"]
    return StoredImage(
        told["digest"],
        told["manifest"],
        folder / _TREE,
        ImageSettings(
            tuple(settings["entrypoint"]),
            tuple(settings["command"]),
            tuple((name, value) for name, value in settings["environment"]),
            settings["working_directory"],
            settings["user"],
            settings["stop_signal"],
        ),
        Path(told["interpreter"]),
        tuple(told["notes"]),
    )


def _manifest(files: list[ContextFile], settings: ImageSettings) -> tuple[str, dict[str, bytes]]:
    lines = [f"{os.access(each.source, os.X_OK):d} {_sha(each.source.read_bytes())} {each.target}" for each in files]
    listing = "\n".join(lines).encode()
    tree = _sha(listing)
    config = _json(
        {
            "architecture": "none",
            "os": "linux",
            "config": {
                "Entrypoint": settings.entrypoint,
                "Cmd": settings.command,
                "Env": [f"{name}={value}" for name, value in settings.environment],
                "WorkingDir": settings.working_directory,
                "User": settings.user,
                "StopSignal": settings.stop_signal,
            },
            "rootfs": {"type": "layers", "diff_ids": [tree]},
        }
    )
    size = sum(each.source.stat().st_size for each in files)
    blobs = {_sha(config.encode()): config.encode(), tree: listing}
    manifest = _json(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {"mediaType": _CONFIG_TYPE, "size": len(config), "digest": _sha(config.encode())},
            "layers": [{"mediaType": _LAYER_TYPE, "size": size, "digest": tree}],
        }
    )
    return manifest, blobs


def _write(image: StoredImage, files: list[ContextFile], images: Path) -> None:
    """Write an image in one step. Files are read-only, as a root file system of a task is."""
    folder = _folder(images, image.digest)
    draft = folder.with_suffix(f".{os.getpid()}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    tree = draft / _TREE
    (tree / image.settings.working_directory.lstrip("/")).mkdir(parents=True)
    for each in files:
        target = tree / each.target.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copyfile(each.source, target)
        target.chmod(0o555 if os.access(each.source, os.X_OK) else 0o444)
    told: dict[str, Any] = asdict(replace(image, blobs={})) | {"tree": None, "interpreter": str(image.interpreter)}
    (draft / _DESCRIPTION).write_text(json.dumps(told, indent=1), encoding="utf-8")
    if folder.exists():  # the same content; only the interpreter may be another one
        os.replace(draft / _DESCRIPTION, folder / _DESCRIPTION)
        shutil.rmtree(draft)
    else:
        draft.rename(folder)


def _folder(images: Path, digest: str) -> Path:
    """Folder of an image. Without the algorithm: a colon in a path would divide PYTHONPATH."""
    name = digest.removeprefix(_PREFIX)
    if len(name) != 64 or not all(each in "0123456789abcdef" for each in name):
        raise PackingError(f"{digest!r} is no digest of SHA-256")
    return images / name


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def _sha(content: bytes) -> str:
    return _PREFIX + hashlib.sha256(content).hexdigest()
