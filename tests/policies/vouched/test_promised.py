"""What the settings promise is what is synthesised: in every environment here, and in others drawn at random."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from config import Environment, load
from policies.vouched.containers import unknown_containers
from policies.vouched.kept import unkept
from policies.vouched.promised import plain, unpromised
from policies.vouched.promises import promises
from policies.vouched.referring import unconnected
from policies.vouched.targets import out_of_order, untargeted
from policies.vouched.valued import unvalued
from terraform_json.references import REMOTE_STATE
from tests.support.environments import NAMES
from tests.support.every_setting import drawn, settings, values
from tests.support.shared import configurations, environment, synthesis

Layers = dict[str, Any]
LISTS = (unpromised, unvalued, unkept, untargeted, unconnected, unknown_containers)
# Enough that every value of every setting is taken by one of them (the test below).
SEEDS = (*range(18), 20, 29)

every_environment = pytest.mark.parametrize("name", NAMES)


def layers(name: str) -> Layers:
    return {layer: dict(template.config) for layer, template in environment(name).items()}


@every_environment
def test_environments_are_built_as_promised(name: str) -> None:
    assert list(unpromised(layers(name), load(name))) == []


@every_environment
def test_references_of_environments_have_targets(name: str) -> None:
    assert list(untargeted(layers(name), load(name))) == []
    order = {layer.name: layer.dependencies for layer in synthesis(name).layers}
    assert list(out_of_order(layers(name), order)) == []


@pytest.mark.parametrize("seeds", [SEEDS, pytest.param(range(100, 130), marks=pytest.mark.slow)], ids=["few", "many"])
def test_other_environments_are_built_as_promised(seeds: Iterable[int]) -> None:
    envs = [drawn(seed) for seed in seeds]
    for seed, env, templates in zip(seeds, envs, configurations(envs), strict=True):
        found = {layer: template.config for layer, template in templates.items()}
        assert [line for list_ in LISTS for line in list_(found, env)] == [], f"seed {seed}"


def test_the_seeds_take_every_setting_to_every_value() -> None:
    envs = [drawn(seed) for seed in SEEDS]
    for location, kind in settings():
        taken = {repr(_value(env, location)) for env in envs}
        assert len(taken) >= min(2, len(values(location, kind))), ".".join(location)
        if kind.literals or kind.type is bool:
            assert len(taken) == len(values(location, kind)), ".".join(location)


def _value(env: Environment, location: tuple[str, ...]) -> Any:
    value: Any = env
    for key in location:
        value = getattr(value, key)
    return value


def _deletions(name: str) -> Iterator[tuple[str, str, str]]:
    """Every resource and data source of an environment: section, type and name by layer."""
    for layer, config in layers(name).items():
        for section in ("resource", "data"):
            for kind, bodies in config.get(section, {}).items():
                if kind != REMOTE_STATE:
                    yield from ((layer, f"{section}/{kind}", each) for each in bodies)


@every_environment
def test_each_single_address_is_missed(name: str) -> None:
    env, found = load(name), layers(name)
    for layer, path, each in _deletions(name):
        section, kind = path.split("/")
        kept = {key: body for key, body in found[layer][section][kind].items() if key != each}
        changed = {**found[layer], section: {**found[layer][section], kind: kept}}
        (line,) = unpromised({**found, layer: changed}, env)
        address = f"{'data.' if section == 'data' else ''}{kind}.{each}"
        assert line.startswith(f"{layer}/{plain(address)} is missing: ")
        assert line.endswith(" promises it; synthesise again")


@every_environment
def test_each_missing_layer_is_missed(name: str) -> None:
    found = layers(name)
    for layer in found:
        rest = {key: config for key, config in found.items() if key != layer}
        lines = list(unpromised(rest, load(name)))
        assert len(lines) == 1
        assert lines[0].startswith(f"{layer}: the layer is missing")


def test_a_layer_that_nobody_promises() -> None:
    (line,) = unpromised({**layers("dev"), "evil": {}}, load("dev"))
    assert line == "evil: no setting of dev promises this layer; synthesise again"


@pytest.mark.parametrize("section", ["resource", "data"])
def test_an_address_that_nobody_promises(section: str) -> None:
    found = copy.deepcopy(layers("dev"))
    found["edge"][section].setdefault("aws_s3_bucket", {})["evil"] = {"bucket": "x"}
    (line,) = unpromised(found, load("dev"))
    assert line.startswith(f"edge/{'data.' if section == 'data' else ''}aws_s3_bucket.evil is promised by no setting")


def test_an_address_twice_under_other_digits() -> None:
    found = copy.deepcopy(layers("dev"))
    buckets = found["edge"]["resource"]["aws_s3_bucket"]
    buckets["access_logs_bucket_0123ABCD"] = {"bucket": "x"}
    lines = list(unpromised(found, load("dev")))
    assert len(lines) == 2
    assert all("is there 2 times under other digits" in line for line in lines)


def test_a_setting_that_is_changed_after_the_synthesis() -> None:
    """The folder of an environment whose file was edited since: what the edit promises isn't there."""
    env = load("dev").model_dump()
    env["security"]["detector"] = "own"
    lines = list(unpromised(layers("dev"), Environment.model_validate(env)))
    assert 'security/aws_guardduty_detector.threats_detector is missing: security.detector = "own" promises it; ' in (
        "".join(lines)
    )


def test_no_address_is_promised_twice() -> None:
    for seed in random.Random(1).sample(range(10_000), 8):
        for layer in promises(drawn(seed)).values():
            addresses = [address for each in layer.promises for address in each.addresses]
            assert len(addresses) == len(set(addresses))
