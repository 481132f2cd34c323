"""Traps of files and folders: what can't be read, what nobody asked for, and what was made for another environment."""

from __future__ import annotations

import codecs
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.pipeline.scan.traps.copies import Config, Copy, FolderChange, copy
from tests.pipeline.scan.traps.trap import Trap, sets, top_level


def traps() -> Iterator[Trap]:
    """All traps of the kinds file, folder, asset, other-environment and top-level."""
    yield from _files()
    yield from _links()
    yield from _manifests()
    yield from _strays()
    yield from _assets()
    yield from _other_environments()
    yield from _top_level()


def _encoded(encode: Callable[[str], bytes]) -> FolderChange:
    def change(copied: Copy) -> None:
        path = copied.path("edge")
        path.write_bytes(encode(path.read_text(encoding="utf-8")))

    return change


def _text(old: str, new: str, layer: str = "edge") -> FolderChange:
    """Replace the first `old` in the file, for what a JSON library wouldn't write."""

    def change(copied: Copy) -> None:
        text = copied.path(layer).read_text(encoding="utf-8")
        assert old in text
        copied.path(layer).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def _files() -> Iterator[Trap]:
    def trap(name: str, change: FolderChange, *words: str, layer: str = "edge") -> Trap:
        return Trap("file", name, layer, anywhere=change, words=(layer, *words))

    region = '"region": "us-east-1"'
    window = "aws_kms_key.key*"
    yield trap("file empty", _encoded(lambda text: b""), "empty|unreadable|JSON")
    yield trap("file deleted", lambda copied: copied.path("edge").unlink(), "cdk.tf.json")
    yield trap("key twice, deep", _text(region, f"{region}, {region}"), "twice", "region")
    yield trap(
        "NaN in the provider",
        _text('"max_retries": 25', '"max_retries": NaN', "infrastructure"),
        "NaN",
        layer="infrastructure",
    )
    yield Trap(
        "file",
        "Infinity in a resource",
        "infrastructure",
        sets(window, deletion_window_in_days=float("inf")),
        words=("infrastructure", "Infinity"),
    )
    yield trap("byte order mark", _encoded(lambda text: codecs.BOM_UTF8 + text.encode()), "byte order mark|BOM")
    yield trap("UTF-16", _encoded(lambda text: text.encode("utf-16")), "UTF-8|utf-8|unreadable")
    yield trap(
        "invalid UTF-8",
        _encoded(lambda text: text.encode().replace(b"sitechat", b"site\xff\xfe", 1)),
        "UTF-8|utf-8|unreadable",
    )


def _links() -> Iterator[Trap]:
    def outside(copied: Copy) -> None:
        path = copied.path("edge")
        target = copied.dir.with_name(f"{copied.dir.name}-outside.json")
        path.replace(target)
        path.symlink_to(target)

    def dangling(copied: Copy) -> None:
        copied.path("edge").unlink()
        copied.path("edge").symlink_to(copied.dir / "gone.json")

    def directory(copied: Copy) -> None:
        copied.path("edge").unlink()
        copied.path("edge").mkdir()

    yield Trap("folder", "file is a link to a copy outside", anywhere=outside, words=("edge", "link"))
    yield Trap("folder", "file is a dangling link", anywhere=dangling, words=("edge", "link|does not exist"))
    yield Trap("folder", "file is a directory", anywhere=directory, words=("edge", "directory|folder|plain"))


def _manifests() -> Iterator[Trap]:
    def emptied(copied: Copy) -> None:
        (copied.dir / "manifest.json").write_text('{"stacks":{}}')

    def pathless(stacks: Config) -> None:
        del stacks["edge"]["synthesizedStackPath"]

    def absolute(copied: Copy) -> None:
        target = copied.dir.with_name(f"{copied.dir.name}-outside.json")
        copied.path("edge").replace(target)
        copied.change_manifest(lambda stacks: stacks["edge"].update(synthesizedStackPath=str(target)))

    def one_file(copied: Copy) -> None:
        path = "stacks/service/cdk.tf.json"
        copied.change_manifest(lambda stacks: stacks["edge"].update(synthesizedStackPath=path))
        shutil.rmtree(copied.path("edge").parent)

    def omitted(stacks: Config) -> None:
        del stacks["edge"]
        for stack in stacks.values():
            stack["dependencies"] = [name for name in stack["dependencies"] if name != "edge"]

    def trap(name: str, change: FolderChange, *words: str) -> Trap:
        return Trap("folder", name, anywhere=change, words=words)

    yield trap("manifest deleted", lambda copied: (copied.dir / "manifest.json").unlink(), "manifest.json")
    yield trap("manifest without stacks", emptied, "manifest.json")
    yield trap("manifest entry without a path", lambda copied: copied.change_manifest(pathless), "edge", "path")
    yield trap("manifest path is absolute", absolute, "edge", "path")
    yield trap("manifest gives two layers one file", one_file, "edge")
    yield trap("manifest omits a layer whose folder stays", lambda copied: copied.change_manifest(omitted), "edge")


def _strays() -> Iterator[Trap]:
    def stray(name: str, content: str = "") -> FolderChange:
        def change(copied: Copy) -> None:
            path = copied.dir / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, encoding="utf-8")

        return change

    bucket = json.dumps({"resource": {"aws_s3_bucket": {"x": {"bucket": "x"}}}})
    yield Trap(
        "folder",
        "folder that the manifest doesn't list",
        anywhere=stray("stacks/evil/cdk.tf.json", bucket),
        words=("evil",),
    )
    yield Trap(
        "folder",
        "override file beside the layer",
        anywhere=stray("stacks/edge/override.tf.json", bucket),
        words=("override.tf.json",),
    )
    yield Trap("folder", ".tf at the top", anywhere=stray("x.tf"), words=("x.tf",))
    yield Trap("folder", ".tofu beside the layer", anywhere=stray("stacks/edge/evil.tofu"), verdict="either")


def _assets() -> Iterator[Trap]:
    def replaced(copied: Copy) -> None:
        copied.asset("llm").write_bytes(b"PK other")

    def linked(copied: Copy) -> None:
        path = copied.asset("llm")
        target = copied.dir.with_name(f"{copied.dir.name}-outside.zip")
        path.replace(target)
        path.symlink_to(target)

    yield Trap("asset", "asset replaced", "llm", anywhere=replaced, words=("bootstrap_lambda.zip",))
    yield Trap("asset", "asset is a link to elsewhere", "llm", anywhere=linked, words=("bootstrap_lambda.zip", "link"))


def _other_environments() -> Iterator[Trap]:
    def prod_as_dev(copied: Copy) -> None:
        shutil.rmtree(copied.dir)
        copy("prod", Path(copied.dir))

    def setting(key: str, value: str) -> FolderChange:
        return lambda copied: copied.with_setting(key, value)

    kind = "other-environment"
    yield Trap(kind, "folder of prod scanned as dev", anywhere=prod_as_dev, words=("backend", "sitechat/dev"))
    yield Trap(
        kind,
        "folder of dev, environment file with another region",
        anywhere=setting("region", "us-east-2"),
        words=("region", "us-east-2"),
    )
    yield Trap(
        kind,
        "folder of dev, environment file with another project",
        anywhere=setting("project", "other"),
        words=("Project", "other"),
    )


def _top_level() -> Iterator[Trap]:
    def trap(name: str, verdict: str = "red", **keys: object) -> Trap:
        words = ("edge", *keys)
        return Trap("top-level", name, "edge", top_level(**keys), words=words, verdict=verdict)  # type: ignore[arg-type]

    gone = {"from": "aws_s3_bucket.gone", "lifecycle": {"destroy": False}}
    yield trap("import block", "green", **{"import": [{"id": "x", "to": "aws_s3_bucket.access_logs_bucket*"}]})
    yield trap("removed block for what isn't declared", "green", removed=[gone])
    yield trap("ephemeral block", ephemeral={"aws_secretsmanager_secret_version": {"x": {"secret_id": "x"}}})
    yield trap("module call", module={"x": {"source": "git::https://evil.example.org/x.git"}})
    yield trap("resource under a key of another case", Resource={"aws_s3_bucket": {"x": {"bucket": "x"}}})
