"""Syntheses kept by the hash of all that they are made from, so that nothing is synthesised twice.

Synthesis is pure: the same sources, environment files, packages, Python and Node give the same bytes. Entries lie in
the private work folder of this checkout, readable by their owner alone, and belong in no shared cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from pipeline.work import Work, private_dir, repo_root, write_private

SWITCH = "SITECHAT_SYNTH_CACHE"
# Everything in the repository that a synthesis can read: what it imports, the environments (each is compared with its
# neighbours), files that constructs upload, and cdktf's own settings. A test watches what a synthesis opens.
SOURCES = (
    "main.py",
    "cdktf.json",
    "backend",
    "config",
    "constraints.txt",
    "constructs_lib",
    "environments",
    "fast_bindings",
    "ingestion",
    "passages",
    "policies",
    "stacks",
    "terraform_json",
)
# Variables by which cdktf, jsii, Node, Python or we ourselves may do something else.
VARIABLES = ("CDKTF_", "JSII_", "NODE_", "PYTHON", "SITECHAT_FAST_BINDINGS", "SYNTH_HCL_OUTPUT", "TERRAFORM_")
# Set by whoever runs the synthesis, or without an effect on its result.
IGNORED = ("CDKTF_OUTDIR", "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
OFF = ("0", "false", "no", "off")
KEPT_ENTRIES = 20
# Age in seconds after which a draft belongs to a run that was killed.
DRAFT_SECONDS = 3600
# Without it a folder is no synthesis.
MANIFEST = "manifest.json"
SUMS = "sums.json"


def synth_cache_enabled() -> bool:
    """Whether syntheses are kept: not with SITECHAT_SYNTH_CACHE=0, and not with modules from places unknown here."""
    modules = [each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]
    foreign = [each for each in modules if Path(each).resolve() != repo_root()]
    return os.environ.get(SWITCH, "").strip().lower() not in OFF and not foreign


def environment_file(env_ref: str) -> Path:
    """File that --env names: a bare word is a name under environments/, anything else is a path."""
    return repo_root() / "environments" / f"{env_ref}.toml" if re.fullmatch(r"[\w-]+", env_ref) else Path(env_ref)


def synthesis_key(script: Path, env_ref: str, settings: bytes) -> str | None:
    """Hash of all that running `script` for an environment reads; None where something of it can't be read.

    `settings` is the content of the environment's file, of which the synthesis gets this copy.
    """
    try:
        return _hash_of_inputs(script, env_ref, settings)
    except OSError:
        return None


def _hash_of_inputs(script: Path, env_ref: str, settings: bytes) -> str:
    digest = hashlib.sha256()

    def add(name: str, content: bytes) -> None:
        digest.update(f"{json.dumps(name)} {len(content)}\n".encode())
        digest.update(content)

    file = environment_file(env_ref)
    add("environment", settings)
    add("name", file.stem.encode())
    add("neighbours", str(file.resolve().parent == repo_root() / "environments").encode())
    add(f"script {os.path.relpath(script, repo_root())}", script.read_bytes())
    for path in _source_files():
        add(path.relative_to(repo_root()).as_posix(), _content(path))
    add("packages", "\n".join(_installed_packages()).encode())
    add("python", sys.version.encode())
    add("node", _node_identity().encode())
    chosen = {name: value for name, value in os.environ.items() if name.startswith(VARIABLES) and name not in IGNORED}
    add("variables", json.dumps(chosen, sort_keys=True).encode())
    return digest.hexdigest()


def restore(key: str, target: Path) -> bool:
    """Copy a kept synthesis into the empty folder `target`; False where none is kept. A damaged one is deleted."""
    entry = _folder() / key
    sums = _read_sums(entry)
    if sums is None:
        return False
    for name, expected in sums.items():
        try:
            content = (entry / "files" / name).read_bytes()
        except OSError:
            content = b""
        if hashlib.sha256(content).hexdigest() != expected:
            shutil.rmtree(entry, ignore_errors=True)
            return False
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(content)
    os.utime(entry)
    return True


def keep(key: str, source: Path) -> None:
    """Keep the files of `source` under `key`, whole or not at all; the oldest entries beyond `KEPT_ENTRIES` go."""
    folder = _folder()
    draft = folder / f".{key[:16]}-{secrets.token_hex(4)}"
    try:
        private_dir(folder)
        private_dir(draft)
        sums = {}
        for path in sorted(path for path in source.rglob("*") if path.is_file()):
            name, content = path.relative_to(source).as_posix(), path.read_bytes()
            _private_folders(draft, name)
            write_private(draft / "files" / name, content)
            sums[name] = hashlib.sha256(content).hexdigest()
        write_private(draft / SUMS, json.dumps(sums).encode())
        if not (folder / key).exists():
            draft.rename(folder / key)
        _prune(folder)
    except OSError:
        return  # another process kept the same, or there is no room: the synthesis itself is done
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _folder() -> Path:
    return Work(repo_root()).cache / "synth"


def _read_sums(entry: Path) -> dict[str, str] | None:
    try:
        sums = json.loads((entry / SUMS).read_bytes())
    except (OSError, ValueError):
        sums = None
    if isinstance(sums, dict) and MANIFEST in sums:
        return sums
    shutil.rmtree(entry, ignore_errors=True)
    return None


def _private_folders(draft: Path, name: str) -> None:
    """Create the folders of a kept file, each readable by its owner alone."""
    for parent in reversed(Path("files", name).parents):
        private_dir(draft / parent)


def _prune(folder: Path) -> None:
    for path in folder.glob(".*"):
        if time.time() - _age(path) > DRAFT_SECONDS:
            shutil.rmtree(path, ignore_errors=True)
    entries = sorted((path for path in folder.iterdir() if not path.name.startswith(".")), key=_age)
    for path in entries[:-KEPT_ENTRIES]:
        shutil.rmtree(path, ignore_errors=True)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another process has just removed it
        return 0.0


def _source_files() -> Iterator[Path]:
    """Files of `SOURCES` and modules beside them, sorted, without what Python compiled."""
    yield from sorted(path for path in repo_root().glob("*.py") if path.name not in SOURCES)
    for name in SOURCES:
        path = repo_root() / name
        if path.is_file():
            yield path
        for folder, folders, files in os.walk(path, followlinks=True):
            folders[:] = sorted(each for each in folders if each != "__pycache__")
            yield from (Path(folder, each) for each in sorted(files))


def _content(path: Path) -> bytes:
    """Content of a file. Of a link that leads nowhere, as editors leave them, where it leads; of a pipe, nothing."""
    if path.is_file():
        return path.read_bytes()
    return os.readlink(path).encode() if path.is_symlink() else b""


def _installed_packages() -> list[str]:
    """Names and versions of the installed packages, as the names of their metadata folders tell them."""
    found: set[str] = set()
    for folder in filter(os.path.isdir, sys.path):
        found |= {each for each in os.listdir(folder) if each.endswith((".dist-info", ".egg-info"))}
    return sorted(found)


def _node_identity() -> str:
    """Node's binary: another release is another file. Asking it for its version would cost more than the hashing."""
    found = shutil.which("node")
    if found is None:
        return ""
    path = Path(found).resolve()
    status = path.stat()
    return f"{path} {status.st_size} {status.st_mtime_ns}"
