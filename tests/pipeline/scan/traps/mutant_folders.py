"""Mutants of files and folders."""

from __future__ import annotations

import json
import os
import random
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.pipeline.scan.traps.copies import Config, Copy, FolderChange
from tests.pipeline.scan.traps.mutation import Configs, Mutant

_STRAYS = (
    "x.tf", "x.tf.json", "override.tf", "override.tf.json", "cdk_override.tf.json", "evil_override.tf",
    "main.tf.json",
    "terraform.tfvars", "terraform.tfvars.json", "x.auto.tfvars", "x.auto.tfvars.json", "CDK.TF.JSON",
    ".hidden.tf", "modules/x/main.tf", "a/b/c/d/e/f.tf.json", "line\nbreak.tf", "cdk.tf.json\u200b.tf",
    "\u0441dk.tf.json",
)  # fmt: skip


def _bytes(rng: random.Random, raw: bytes) -> tuple[str, bytes]:
    """A file that isn't one plain JSON object any more, made from one that is."""
    text = raw.decode()
    at = rng.randrange(1, len(raw) * 9 // 10)
    line = rng.choice(re.findall(r'\n( *"[^"]+": (?:"[^"\n]*"|\d+|true|false)),\n', text))
    number = rng.choice(list(re.finditer(r': (\d+|"[^"\n]*")(?=[,\n])', text)))

    def numeral(new: str) -> bytes:
        return (text[: number.start(1)] + new + text[number.end(1) :]).encode()

    choices: list[tuple[str, Callable[[], bytes]]] = [
        (f"cut off after {at} bytes", lambda: raw[:at]),
        ("empty", lambda: b""),
        ("white space alone", lambda: b" \n" * 9),
        (f"bytes that aren't UTF-8 at {at}", lambda: raw[:at] + b"\xff\xfe" + raw[at:]),
        (f"a NUL byte at {at}", lambda: raw[:at] + b"\0" + raw[at:]),
        (f"key twice: {line.strip()}", lambda: text.replace(f"{line},", f"{line},\n{line},", 1).encode()),
        ("a byte order mark", lambda: b"\xef\xbb\xbf" + raw),
        *((f"encoded as {name}", lambda name=name: text.encode(name)) for name in ("utf-16", "utf-32", "utf-16-le")),
        *(
            (f"{new[:12]} instead of the value at {number.start(1)}", lambda new=new: numeral(new))
            for new in ("NaN", "Infinity", "-Infinity", "9" * 5000, "1e999", "01", "0x1F", "+1", ".5")
        ),
        ("nested 100000 deep", lambda: b'{"x":' + b"[" * 100000 + b"]" * 100000 + b"}"),
        ("nested 900 deep", lambda: text.replace("{", '{"x":' + "[" * 900 + "]" * 900 + ",", 1).encode()),
        *((f"only {new}", lambda new=new: new.encode()) for new in ("[]", "null", "1", '"x"', "true", "{}")),
        ("two objects", lambda: raw + raw),
        ("text behind", lambda: raw + b" x"),
        ("a comment", lambda: b"// x\n" + raw),
        ("a comma too many", lambda: re.sub(rb"\n}\s*$", b",\n}", raw)),
        ("single quotes", lambda: raw.replace(b'"', b"'")),
        ("half a character", lambda: text.replace('": "', '": "\\ud800', 1).encode()),
        ("HCL", lambda: b'resource "aws_s3_bucket" "x" {}\n'),
    ]
    name, made = rng.choice(choices)
    return name, made()


def file(rng: random.Random, configs: Configs) -> Mutant:
    """A layer's file or the manifest with other bytes."""
    layer = rng.choice([*configs, "manifest"])
    seed = rng.random()

    def change(copied: Copy) -> None:
        path = _file(copied, layer)
        path.write_bytes(_bytes(random.Random(seed), path.read_bytes())[1])

    raw = json.dumps(configs.get(layer, {"a": {"b": 1, "c": 2, "d": "e", "f": "g"}}), indent=2).encode()
    return Mutant(f"{layer}: {_bytes(random.Random(seed), raw)[0]}", anywhere=change)


def _file(copied: Copy, layer: str) -> Path:
    return copied.dir / "manifest.json" if layer == "manifest" else copied.path(layer)


def special(rng: random.Random, of: Callable[[Copy], Path]) -> tuple[str, FolderChange]:
    """A link, pipe, socket, device or directory in the place of a file."""

    def replaced(make: Callable[[Path, Path], object]) -> FolderChange:
        def change(copied: Copy) -> None:
            path = of(copied)
            kept = copied.dir.with_name(f"{copied.dir.name}-kept")
            path.replace(kept)
            make(path, kept)

        return change

    def bound(path: Path, _: Path) -> None:
        here = os.open(path.parent, os.O_RDONLY)  # a socket's address is short, the folder's name may be long
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(f"/proc/self/fd/{here}/{path.name}")
        os.close(here)

    return rng.choice(
        [
            ("is a link to a copy outside", replaced(lambda path, kept: path.symlink_to(kept))),
            ("is a link to itself", replaced(lambda path, _: path.symlink_to(path))),
            ("is a link to nothing", replaced(lambda path, _: path.symlink_to("gone"))),
            ("is a link to /dev/zero", replaced(lambda path, _: path.symlink_to("/dev/zero"))),
            ("is a link to a directory", replaced(lambda path, _: path.symlink_to("/tmp"))),
            ("is a pipe", replaced(lambda path, _: os.mkfifo(path))),
            ("is a socket", replaced(bound)),
            ("is a directory", replaced(lambda path, _: path.mkdir())),
            ("is gone", replaced(lambda *_: None)),
            ("is a relative link", replaced(lambda path, kept: path.symlink_to(os.path.relpath(kept, path.parent)))),
        ]
    )


def folder(rng: random.Random, configs: Configs) -> Mutant:
    """Links, special and stray files, and what the manifest says."""
    layer = rng.choice(list(configs))
    return rng.choice([_special_file, _special_folder, _stray, _manifest, _manifest])(rng, layer, list(configs))


def _special_file(rng: random.Random, layer: str, _: list[str]) -> Mutant:
    which = rng.choice([layer, "manifest"])
    text, change = special(rng, lambda copied: _file(copied, which))
    return Mutant(f"{which}'s file {text}", anywhere=change)


def _special_folder(rng: random.Random, layer: str, _: list[str]) -> Mutant:
    text, change = special(rng, lambda copied: copied.path(layer).parent)
    return Mutant(f"{layer}'s folder {text}", anywhere=change)


def _stray(rng: random.Random, layer: str, _: list[str]) -> Mutant:
    name, place = rng.choice(_STRAYS), rng.choice(["", "stacks", f"stacks/{layer}", "stacks/evil"])
    content = rng.choice(["", "{}", '{"resource": {"aws_s3_bucket": {"x": {"bucket": "x"}}}}'])

    def change(copied: Copy) -> None:
        path = copied.dir / place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")

    return Mutant(f"{place}/{name!r} added", anywhere=change)


def _manifest(rng: random.Random, layer: str, layers: list[str]) -> Mutant:
    other = rng.choice([name for name in layers if name != layer])
    path = f"stacks/{layer}/cdk.tf.json"
    new: Any = rng.choice(
        [
            f"stacks/{other}/cdk.tf.json", f"../x/{path}", f"/{path}", f"stacks/../{path}", f"./{path}",
            f"stacks//{layer}",
            "", None, 1, [path], {}, f"stacks/{layer}/CDK.TF.JSON", f"{path}\0", "/dev/stdin", "~",
            "x" * 5000, f"{path}/",
        ]
    )  # fmt: skip
    key = rng.choice(["synthesizedStackPath", "dependencies", "name"])
    wrong: Any = rng.choice([[layer], ["nobody"], None, 1, "edge", [1], [[]], {"a": 1}, [None]])

    def entry(value: object) -> Callable[[Config], None]:
        return lambda stacks: stacks.__setitem__(layer, value)

    changes: list[tuple[str, Callable[[Config], None]]] = [
        (f"path {repr(new)[:60]}", lambda stacks: stacks[layer].update(synthesizedStackPath=new)),
        (f"dependencies {wrong!r}", lambda stacks: stacks[layer].update(dependencies=wrong)),
        (f"no {key}", lambda stacks: stacks[layer].pop(key)),
        ("entry null", entry(None)),
        ("entry a list", entry([])),
        ("entry gone", lambda stacks: stacks.pop(layer)),
        ("entry under another name", lambda stacks: stacks.update({f"{layer}x": stacks.pop(layer)})),
        ("entry under a name with a path", lambda stacks: stacks.update({f"../{layer}": stacks.pop(layer)})),
        ("entries of two layers swapped", lambda stacks: stacks.update({layer: stacks[other], other: stacks[layer]})),
    ]
    text, change = rng.choice(changes)
    return Mutant(f"manifest, {layer}: {text}", anywhere=lambda copied: copied.change_manifest(change))
