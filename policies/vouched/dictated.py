"""The blocks of a layer that its environment dictates to the letter: backend, providers, and states of other layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from config import Environment
from config.environment import LAYER_TAG
from config.place import GLOBAL_REGION
from terraform_json.blocks import Config, data_sources
from terraform_json.references import CROSS_STACK, REMOTE_STATE

# Release of the AWS provider that the bindings were made for; tests/policies/vouched holds it to them.
PROVIDER_VERSION = "5.100.0"
# Layers whose state is global: what they build is read in us-east-1 alone.
GLOBAL_LAYERS = ("certificates", "dns", "edge")
# Arguments of the backend that only the layer itself uses: reading a state locks nothing.
_LOCKS = ("dynamodb_table", "use_lockfile")
_MISSING = object()


def undictated(layers: Mapping[str, Config], env: Environment) -> Iterator[str]:
    """Every value of these blocks that isn't the environment's: layer, key, and what is expected there."""
    for layer, config in layers.items():
        terraform = config.get("terraform", {})
        expected = {"backend": {"s3": backend(env, layer)}, "required_providers": required_providers()}
        yield from undictated_value(f"{layer}: terraform", terraform, expected)
        yield from _strange_providers(layer, config.get("provider", {}), env)
        yield from _strange_states(layer, config, layers, env)
        yield from _strange_notes(layer, config)


def backend(env: Environment, layer: str) -> dict[str, Any]:
    """Arguments of a layer's S3 backend."""
    state, path_style = env.state_backend, env.provider.s3_path_style
    scope = GLOBAL_REGION if layer in GLOBAL_LAYERS else env.region
    return {
        "bucket": state.bucket,
        "encrypt": True,
        "key": state.key(layer, "global" if layer in GLOBAL_LAYERS else scope),
        "kms_key_id": env.place.arn("kms", state.key_alias, region=state.region),
        "region": state.region,
        **({"use_path_style": True} if path_style else {}),
        **({"dynamodb_table": state.table} if env.state.lock in ("both", "dynamodb") else {}),
        **({"use_lockfile": True} if env.state.lock in ("both", "s3") else {}),
    }


def required_providers() -> dict[str, Any]:
    """The one provider of every layer, with its pinned release."""
    return {"aws": {"source": "aws", "version": PROVIDER_VERSION}}


def provider(env: Environment, layer: str, region: str, alias: str = "") -> dict[str, Any]:
    """Arguments of an AWS provider: one account, one region, the environment's tags and the layer's name."""
    return {
        "allowed_account_ids": [env.account_id],
        "default_tags": [{"tags": {**env.default_tags, LAYER_TAG: layer}}],
        "max_retries": env.provider.max_retries,
        "region": region,
        **({"alias": alias} if alias else {}),
        **({"s3_use_path_style": True} if env.provider.s3_path_style else {}),
    }


def further_regions(env: Environment, layer: str) -> dict[str, str]:
    """Region by alias of the providers that a layer may have beside its own."""
    if layer == "certificates":
        return {env.region.replace("-", "_"): env.region} if env.region != GLOBAL_REGION else {}
    return {"global": GLOBAL_REGION} if layer in ("monitoring", "security") else {}


def layer_providers(env: Environment, layer: str) -> dict[str, dict[str, Any]]:
    """Arguments of the providers that a layer may have, by alias; "" is its own."""
    regions = {"": GLOBAL_REGION if layer in GLOBAL_LAYERS else env.region} | further_regions(env, layer)
    return {alias: provider(env, layer, region, alias) for alias, region in regions.items()}


def _strange_providers(layer: str, section: Any, env: Environment) -> Iterator[str]:
    for kind in section:
        if kind != "aws":
            yield f"{layer}: provider.{kind}: aws is the only provider; take it out"
    blocks = section.get("aws", [])
    wanted = layer_providers(env, layer)
    if not [block for block in blocks if "alias" not in block]:
        yield f"{layer}: provider.aws has no block without alias; expected {wanted['']!r}"
    seen: set[str] = set()
    for block in blocks:
        alias = block.get("alias", "")
        if not isinstance(alias, str) or alias not in wanted or alias in seen:
            yield f"{layer}: provider.aws with alias {alias!r} is none of this layer's, or given twice; take it out"
            continue
        seen.add(alias)
        place = f"{layer}: provider.aws" + (f".{alias}" if alias else "")
        yield from undictated_value(place, block, wanted[alias])


def _strange_states(layer: str, config: Config, layers: Mapping[str, Config], env: Environment) -> Iterator[str]:
    for block in data_sources(config):
        if block.type != REMOTE_STATE:
            continue
        place, source = f"{layer}: {block.address}", block.name.removeprefix(CROSS_STACK)
        if not block.name.startswith(CROSS_STACK) or source not in layers or source == layer:
            yield f"{place} reads no layer of this folder; take it out"
            continue
        config_of = {key: each for key, each in backend(env, source).items() if key not in _LOCKS}
        body = {key: each for key, each in block.body.items() if key != "//"}
        expected = {"backend": "s3", "config": config_of, "workspace": "${terraform.workspace}"}
        yield from undictated_value(place, body, expected)


def _strange_notes(layer: str, config: Config) -> Iterator[str]:
    name = config.get("//", {}).get("metadata", {}).get("stackName", layer)
    if name != layer:
        yield f"{layer}: its notes call it {name!r}; synthesise again"


def undictated_value(place: str, found: Any, expected: Any) -> Iterator[str]:
    """Lines for the keys in which a value is another. The value found isn't shown: it could be a secret."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for key in sorted({*found, *expected}):
            yield from undictated_value(f"{place}.{key}", found.get(key, _MISSING), expected.get(key, _MISSING))
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found) == 1:
        yield from undictated_value(place, found[0], expected[0])
    elif expected is _MISSING:
        yield f"{place} is not the environment's; take it out"
    elif type(found) is not type(expected) or found != expected:
        yield f"{place} must be {expected!r}; use the environment the folder was made for, or synthesise again"
