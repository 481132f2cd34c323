"""Read a synthesised folder: the layers as data, in the order of applying."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.errors import ExitCode, SitechatError
from pipeline.synth.folder import MANIFEST, layer_path
from pipeline.work import write_private
from terraform_json.blocks import resources
from terraform_json.strict import NotPlainError, read_object

# Folder beside `cdk.tf.json` for the files that a layer's resources upload.
ASSETS = "assets"
_AGAIN = "Run `sitechat synth` again."


@dataclass(frozen=True)
class Layer:
    """One stack: its Terraform JSON file, and the layers that are applied before it."""

    name: str
    path: Path
    dependencies: tuple[str, ...] = ()

    @cached_property
    def config(self) -> dict[str, Any]:
        """The parsed `cdk.tf.json`."""
        return _read_json(self.path)

    @cached_property
    def resources(self) -> tuple[str, ...]:
        """Addresses "type.name" of the managed resources, sorted."""
        return tuple(sorted(block.address for block in resources(self.config)))

    @property
    def files(self) -> dict[str, Path]:
        """Files of this layer that Terraform reads, by path in its folder: the JSON and the files below `assets/`."""
        assets = sorted(path for path in (self.path.parent / ASSETS).rglob("*") if path.is_file())
        return {path.relative_to(self.path.parent).as_posix(): path for path in (self.path, *assets)}

    @property
    def backend(self) -> dict[str, Any]:
        """Settings of the layer's S3 backend; empty for another kind of backend."""
        settings = self.config.get("terraform", {}).get("backend", {}).get("s3", {})
        return dict(settings)


def lay_out(layer: Layer, directory: Path) -> None:
    """Copy the layer's files into `directory`, and delete assets and Terraform files that it doesn't have."""
    for path in (*(directory / ASSETS).rglob("*"), *directory.glob("*.tf"), *directory.glob("*.tf.json")):
        if path.is_file() and path.relative_to(directory).as_posix() not in layer.files:
            path.unlink()
    for name, path in layer.files.items():
        content = path.read_bytes()
        target = directory / name
        if not target.is_file() or target.read_bytes() != content:
            write_private(target, content)


@dataclass(frozen=True)
class Synthesis:
    """All layers of one environment, synthesised into `dir`."""

    env: str
    dir: Path
    layers: tuple[Layer, ...]

    @cached_property
    def sha256(self) -> str:
        """One hash over every file of every layer, with names: equal means the same configuration, byte for byte."""
        digest = hashlib.sha256()
        for layer in sorted(self.layers, key=lambda each: each.name):
            for name, path in layer.files.items():
                content = path.read_bytes()
                digest.update(f"{json.dumps([layer.name, name])} {len(content)}\n".encode())
                digest.update(content)
        return digest.hexdigest()

    def layer(self, name: str) -> Layer:
        """The layer called `name`; raises SitechatError (usage) naming those that exist."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        names = ", ".join(layer.name for layer in self.layers)
        raise SitechatError(f"{self.env} has no layer {name!r}", hint=f"Its layers are: {names}.", code=ExitCode.USAGE)


def read_synthesis(directory: Path, env_name: str) -> Synthesis:
    """Read a synthesised folder. Raises SitechatError when it is missing, truncated or its order has a cycle."""
    manifest = _read_json(directory / MANIFEST)
    stacks = manifest.get("stacks")
    if not isinstance(stacks, dict) or not stacks:
        raise SitechatError(f"{directory / MANIFEST} lists no stack", hint=_AGAIN, code=ExitCode.FAILED)
    if strange := sorted(name for name, stack in stacks.items() if not _is_stack(name, stack)):
        raise SitechatError(
            f"{directory / MANIFEST}: the entry of {', '.join(map(repr, strange))} is not as cdktf writes it: "
            f"name, dependencies, and {layer_path('NAME')} as synthesizedStackPath",
            hint=_AGAIN,
            code=ExitCode.FAILED,
        )
    layers = {
        name: Layer(name, directory / layer_path(name), tuple(sorted(stack["dependencies"])))
        for name, stack in stacks.items()
    }
    return Synthesis(env_name, directory, _ordered(layers))


def _is_stack(name: str, stack: Any) -> bool:
    """Whether an entry of the manifest is a layer's: its file lies where layers lie, under the layer's name."""
    if not isinstance(stack, dict) or re.fullmatch(r"[a-z][a-z0-9_-]*", name, re.ASCII) is None:
        return False
    after = stack.get("dependencies")
    return (
        stack.get("name") == name
        and stack.get("synthesizedStackPath") == layer_path(name)
        and isinstance(after, list)
        and all(isinstance(each, str) for each in after)
    )


def _ordered(layers: dict[str, Layer]) -> tuple[Layer, ...]:
    """Layers with dependencies first, and alphabetically where the order is free, so that output is stable."""
    done: dict[str, Layer] = {}
    while len(done) < len(layers):
        ready = [
            name
            for name in sorted(layers)
            if name not in done and all(dep in done for dep in layers[name].dependencies)
        ]
        if not ready:
            stuck = ", ".join(sorted(set(layers) - set(done)))
            missing = {dep for layer in layers.values() for dep in layer.dependencies} - set(layers)
            told = f"on {', '.join(sorted(missing))}, which is missing" if missing else "on each other in a circle"
            raise SitechatError(f"layers depend {told}: {stuck}", hint=_AGAIN, code=ExitCode.FAILED)
        for name in ready:
            done[name] = layers[name]
    return tuple(done.values())


def _read_json(path: Path) -> dict[str, Any]:
    if not os.path.lexists(path):
        raise SitechatError(f"{path} does not exist", hint="Run `sitechat synth` first.", code=ExitCode.MISSING)
    try:
        return read_object(path)
    except NotPlainError as error:
        raise SitechatError(f"{path} can't be read: {error}", hint=_AGAIN, code=ExitCode.FAILED) from None
