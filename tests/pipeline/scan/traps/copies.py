"""Copies of synthesised folders that a trap may change."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.work import repo_root
from tests.support.shared import synthesis

Config = dict[str, Any]
# What a trap does to the configuration of its layer, or to the whole folder.
Change = Callable[[Config], None]
FolderChange = Callable[["Copy"], None]

# Placeholder of a synthesised name: the name without its digits, with a star.
_STARRED = re.compile(r"((?:data\.)?[a-z0-9_]+)\.([a-z0-9_]+)\*")


@dataclass
class Copy:
    """A synthesised folder of one's own; `ref` is what `--env` gets."""

    dir: Path
    env: str
    ref: str

    def path(self, layer: str) -> Path:
        """The layer's file."""
        return self.dir / "stacks" / layer / "cdk.tf.json"

    def config(self, layer: str) -> Config:
        """The layer's configuration, read again each time."""
        found: Config = json.loads(self.path(layer).read_text(encoding="utf-8"))
        return found

    def change(self, layer: str, change: Change) -> None:
        """Apply `change` to the layer's configuration."""
        config = self.config(layer)
        change(config)
        self.path(layer).write_text(json.dumps(config, indent=2), encoding="utf-8")

    def change_manifest(self, change: Change) -> None:
        """Apply `change` to the manifest's stacks by name."""
        path = self.dir / "manifest.json"
        manifest = json.loads(path.read_text(encoding="utf-8"))
        change(manifest["stacks"])
        path.write_text(json.dumps(manifest, indent=2), encoding="utf-8")

    def asset(self, layer: str) -> Path:
        """The one file that the layer uploads."""
        (found,) = (path for path in (self.path(layer).parent / "assets").rglob("*") if path.is_file())
        return found

    def with_setting(self, key: str, value: str) -> None:
        """Let `--env` be a copy of the environment's file, elsewhere, with another value of a top-level setting."""
        lines = (repo_root() / "environments" / f"{self.env}.toml").read_text(encoding="utf-8").splitlines()
        others = [line for line in lines if not line.startswith(f"{key} ")]
        path = self.dir.with_name(f"{self.dir.name}-settings") / f"{self.env}.toml"
        path.parent.mkdir()
        path.write_text("\n".join([f'{key} = "{value}"', *others]), encoding="utf-8")
        self.ref = str(path)


def copy(env: str, target: Path) -> Copy:
    """Copy the synthesis of a checked-in environment to `target`, which doesn't exist yet."""
    shutil.copytree(synthesis(env).dir, target)
    return Copy(target, env, env)


def named(config: Config, address: str) -> str:
    """Name in `config` of an address such as "aws_kms_key.key*" or "data.aws_iam_policy_document.key*"."""
    section = "data" if address.startswith("data.") else "resource"
    kind, _, start = address.removeprefix("data.").rpartition(".")
    pattern = re.compile(re.escape(start).replace(r"\*", "_[0-9A-F]{8}"))
    names: list[str] = list(config.get(section, {}).get(kind, {}))
    (found,) = (name for name in names if pattern.fullmatch(name))
    return found


def block(config: Config, address: str) -> Config:
    """Arguments of the resource or data source with that address."""
    section = "data" if address.startswith("data.") else "resource"
    kind = address.removeprefix("data.").rpartition(".")[0]
    found: Config = config[section][kind][named(config, address)]
    return found


def resolved(config: Config, value: Any) -> Any:
    """`value` with each "type.name*" in its texts replaced by the address in `config`."""

    def whole(match: re.Match[str]) -> str:
        return f"{match[1]}.{named(config, match[0])}"

    return json.loads(_STARRED.sub(whole, json.dumps(value)))
