"""Mutants of what the folder was made for: its assets, and the environment it belongs to."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.pipeline.scan.traps.copies import Copy, FolderChange, copy
from tests.pipeline.scan.traps.mutant_folders import special
from tests.pipeline.scan.traps.mutation import Configs, Mutant


def asset(rng: random.Random, configs: Configs) -> Mutant:
    """Files that a layer uploads: other bytes, names, links, one more or one less."""
    layer = rng.choice(["llm", "workflows"])
    share = rng.random()
    text, change = special(rng, lambda copied: copied.asset(layer))

    def written(edit: Callable[[bytes], bytes]) -> FolderChange:
        return lambda copied: _rewrite(copied.asset(layer), edit)

    def flipped(raw: bytes) -> bytes:
        at = int(share * len(raw))
        return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]

    def beside(name: str) -> FolderChange:
        return lambda copied: _rewrite(copied.asset(layer).with_name(name), lambda _: b"x")

    text, change = rng.choice(
        [
            (text, change),
            (f"has one bit flipped at {share:.2f}", written(flipped)),
            ("is longer", written(lambda raw: raw + b"x")),
            ("is cut off", written(lambda raw: raw[: int(share * len(raw))])),
            ("is empty", written(lambda _: b"")),
            ("has another name", lambda copied: copied.asset(layer).rename(copied.asset(layer).with_name("x.zip"))),
            ("has company", beside(rng.choice(["x.zip", "x.py", ".hidden", "X.TF", "odd\nname"]))),
            ("has gone with its folder", lambda copied: shutil.rmtree(copied.path(layer).parent / "assets")),
        ]
    )
    return Mutant(f"{layer}'s asset {text}", anywhere=change)


def _rewrite(path: Path, edit: Callable[[bytes], bytes]) -> None:
    path.write_bytes(edit(path.read_bytes() if path.exists() else b""))


def other_environment(rng: random.Random, configs: Configs) -> Mutant:
    """A folder, a layer or one value of another environment; or other settings for the same folder."""
    return rng.choice([_folder_of, _layer_of, _settings, _identity, _identity])(rng, list(configs))


def _folder_of(rng: random.Random, _: list[str]) -> Mutant:
    env = rng.choice(["local", "staging", "prod"])

    def change(copied: Copy) -> None:
        shutil.rmtree(copied.dir)
        copy(env, copied.dir)

    return Mutant(f"folder of {env}", anywhere=change)


def _layer_of(rng: random.Random, layers: list[str]) -> Mutant:
    env, layer = rng.choice(["local", "staging", "prod"]), rng.choice(layers)

    def change(copied: Copy) -> None:
        other = copy(env, copied.dir.with_name(f"{copied.dir.name}-other"))
        other.path(layer).replace(copied.path(layer))

    return Mutant(f"{layer} of {env}", anywhere=change)


def _settings(rng: random.Random, _: list[str]) -> Mutant:
    key, value = rng.choice(
        [
            ("region", "us-east-2"), ("region", "us-west-2"), ("project", "other"),
            ("project", "sitechat2"), ("project", "site"), ("account_id", "222222222222"), ("account_id",
            "999999999999"),
        ]
    )  # fmt: skip
    return Mutant(f"settings with {key} = {value}", anywhere=lambda copied: copied.with_setting(key, value))


def _identity(rng: random.Random, layers: list[str]) -> Mutant:
    layer = rng.choice(layers)
    old, new = rng.choice(
        [
            ("111111111111", "222222222222"), ("us-east-1", "us-west-2"), ("sitechat-dev", "sitechat-prod"),
            ("sitechat/dev", "sitechat/prod"), ("sitechat-dev", "other-dev"), ("8080", "9090"),
        ]
    )  # fmt: skip
    count, share = rng.choice([1, -1]), rng.random()

    def change(copied: Copy) -> None:
        text = copied.path(layer).read_text(encoding="utf-8")
        places = [match.start() for match in re.finditer(re.escape(old), text)]
        if not places:  # nothing to change: another account instead
            return copied.with_setting("account_id", "333333333333")
        start = 0 if count == -1 else places[int(share * len(places))]
        copied.path(layer).write_text(text[:start] + text[start:].replace(old, new, count), encoding="utf-8")
        return None

    places = "everywhere" if count == -1 else f"at {share:.2f}"
    return Mutant(f"{layer}: {new} instead of {old} {places}", anywhere=change)
