"""Mutants of blocks: top level, terraform and provider."""

from __future__ import annotations

import random
from typing import Any

from tests.pipeline.scan.traps.copies import Config
from tests.pipeline.scan.traps.mutation import (
    Configs,
    Mutant,
    Path,
    another,
    blocks,
    cut,
    dotted,
    paths,
    put,
    replaces,
)

_WORDS = ("evil", "x", "_", "\u0430ws", "null", "0", "a b", "allow", "endpoints", "profile", "alias", "assume_role")


def top_level(rng: random.Random, configs: Configs) -> Mutant:
    """Keys beside `resource` and `data`."""
    layer = rng.choice(list(configs))
    bucket: Config = {"aws_s3_bucket": {"x": {"bucket": "x"}}}
    key, value = rng.choice(
        [
            ("variable", {"x": {"default": "*"}}), ("locals", {"x": 1}), ("module", {"x": {"source": "./x"}}),
            ("check", {"x": {"assert": {"condition": True, "error_message": "x"}}}), ("ephemeral", bucket),
            ("resource ", bucket), ("RESOURCE", bucket), ("res\u043eurce", bucket), ("resources", bucket),
            ("Data", bucket),
            ("data\u200b", bucket), ("", bucket), (" ", {}), ("resource.aws_s3_bucket", {"x": {}}),
            ("backend", {"local": {}}),
            ("required_providers", {}), ("providers", {}), ("Terraform", {}), ("Provider", {"aws": [{}]}),
            ("action", {}),
            ("list", bucket), ("policy", {}), ("moved", "x"), ("moved", [{"from": "aws_s3_bucket.x"}]),
            ("import", {"id": 1}),
            ("import", [{"to": "aws_s3_bucket.x", "id": "x", "for_each": ["x"]}]), ("import", "x"), ("removed", 1),
            ("import", [{"to": "aws_s3_bucket.x", "id": "x", "provider": "aws.x"}]), ("removed", [{"from": 1}]),
            ("import", [{"to": "module.x.aws_s3_bucket.x", "id": "x"}]),
            ("output", {"x": {"value": "${file(\"/x\")}"}}),
            ("output", "x"), ("output", {"x": "y"}), ("data", []), ("provider", "aws"), ("terraform", None),
            ("//", "x"),
            ("removed", [{"from": "aws_s3_bucket.x", "lifecycle": {"destroy": "${true}"}}]), ("locals", {}),
            ("variable", []),
        ]
    )  # fmt: skip
    return Mutant(
        f"{layer}: top level, {key!r} = {value!r:.90}", change=lambda config: config.update({key: value}), layer=layer
    )


def _of_tree(rng: random.Random, layer: str, section: str, config: Config, start: Path) -> Mutant:
    """Another value, one less or one more at any depth below `start`."""
    found = [(path, value) for path, value in paths(config) if path[: len(start)] == start]
    path, value = rng.choice(found)
    holders = [path for path, value in found if isinstance(value, dict)]
    holder = rng.choice(holders)
    word = rng.choice(_WORDS)
    thing: Any = rng.choice([True, "x", 1, [], {}, {"x": "y"}, "https://evil.example.org", None])
    new = another(rng, value)
    text, change = rng.choice(
        [
            (f"{dotted(path)} = {new!r}", lambda config: put(config, path, new)),
            (f"{dotted(path)} = {new!r}", lambda config: put(config, path, new)),
            (f"without {dotted(path)}", lambda config: cut(config, path)),
            (f"{dotted(holder)}.{word} = {thing!r}", lambda config: put(config, (*holder, word), thing)),
        ]
    )
    return Mutant(f"{layer}: {section}, {text}", layer, change=change)


def terraform(rng: random.Random, configs: Configs) -> Mutant:
    """Any key of the terraform block or of a remote state."""
    layer = rng.choice(list(configs))
    states = configs[layer].get("data", {}).get("terraform_remote_state", {})
    if states and rng.random() < 0.4:
        start: Path = ("data", "terraform_remote_state", rng.choice(list(states)))
        return _of_tree(rng, layer, "remote state", configs[layer], start)
    if rng.random() < 0.3:
        key, value = rng.choice(
            [
                ("backend", {"local": {"path": "x"}}),
                ("backend", {"http": {"address": "http://evil.example.org"}}),
                ("cloud", {"organization": "x"}), ("required_version", "1.5"), ("experiments", ["x"]),
                ("encryption", {}),
                ("backend", []), ("backend", {"s3": []}), ("required_providers", []), ("Backend", {}),
                ("backend", "s3"),
            ]
        )  # fmt: skip
        return Mutant(
            f"{layer}: terraform.{key} = {value!r}", layer, change=lambda config: put(config, ("terraform", key), value)
        )
    return _of_tree(rng, layer, "terraform", configs[layer], ("terraform",))


def provider(rng: random.Random, configs: Configs) -> Mutant:
    """Any key of the provider block, or a provider of a resource."""
    layer = rng.choice(list(configs))
    key, value = rng.choice(
        [
            ("access_key", "x"), ("profile", "x"), ("shared_config_files", ["/x"]),
            ("endpoints", [{"s3": "http://x"}]),
            ("s3_use_path_style", True), ("insecure", True), ("skip_requesting_account_id", True), ("alias", "x"),
            ("forbidden_account_ids", ["1"]), ("assume_role_with_web_identity", [{}]), ("custom_ca_bundle", "/x"),
            ("ignore_tags", [{"keys": ["x"]}]), ("ec2_metadata_service_endpoint", "http://x"), ("no_proxy", "*"),
            ("skip_region_validation", True), ("use_fips_endpoint", True), ("token", "x"), ("sts_region", "x"),
            ("version", "4"),
        ]
    )  # fmt: skip
    choice = rng.random()
    if choice < 0.3:
        return Mutant(
            f"{layer}: provider.aws {key} = {value!r}",
            layer,
            change=lambda c: put(c, ("provider", "aws", 0, key), value),
        )
    if choice < 0.45:
        where, address = rng.choice(blocks(configs))
        return replaces(where, address, ("provider",), rng.choice(["aws.x", "aws", "null", "${aws.x}", 1, ["aws"]]))
    if choice < 0.6:
        other: Any = rng.choice([[], {}, None, "aws", [{}, {}], [{"region": "us-east-1"}], [[]]])
        name = rng.choice(["aws", "awscc", "null", "external", "AWS", "hashicorp/aws"])
        return Mutant(
            f"{layer}: provider.{name} = {other!r}", layer, change=lambda c: put(c, ("provider", name), other)
        )
    return _of_tree(rng, layer, "provider", configs[layer], ("provider",))
