"""Arguments that are settings: as synthesised they fit in every environment, and each change of one is seen."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest

from config import load
from policies.vouched.promised import plain
from policies.vouched.promises import promises
from policies.vouched.promises.values import values
from policies.vouched.valued import reach, unvalued
from tests.support import synthesised
from tests.support.environments import NAMES, varied
from tests.support.every_setting import drawn
from tests.support.shared import environment

Layers = dict[str, Any]


def layers(name: str) -> Layers:
    return {layer: dict(template.config) for layer, template in environment(name).items()}


@pytest.mark.parametrize("name", NAMES)
def test_environments_have_the_values_of_their_settings(name: str) -> None:
    assert list(unvalued(layers(name), load(name))) == []


def test_a_collectors_rule_for_all_questions_is_accepted_as_synthesised() -> None:
    image = "public.ecr.aws/aws-observability/aws-otel-collector:v0.47.0@sha256:" + "0" * 64
    env = varied("dev", monitoring__tracing="sidecar", monitoring__collector_image=image)
    built = {layer: dict(template.config) for layer, template in synthesised.layers(env).items()}
    assert env.monitoring.traced_percent == 100
    assert list(unvalued(built, env)) == []


@pytest.mark.parametrize("told", [{"days": 1, "group": "aws/spans"}, {"days": 30, "group": "/ecs/another"}])
def test_spans_are_kept_as_long_as_the_file_says(told: dict[str, Any]) -> None:
    env = varied("dev", monitoring__transaction_search="own")
    built = {layer: copy.deepcopy(dict(template.config)) for layer, template in synthesised.layers(env).items()}
    assert list(unvalued(built, env)) == []
    functions = built["monitoring"]["resource"]["aws_lambda_function"]
    (function,) = (body for name, body in functions.items() if name.startswith("span_retention"))
    function["environment"]["variables"]["SPAN_RETENTION"] = json.dumps(told)
    (line,) = unvalued(built, env)
    assert "argument environment.variables.SPAN_RETENTION is not" in line


def test_each_value_is_of_something_that_some_setting_builds() -> None:
    built: set[str] = set()
    named: set[str] = set()
    for env in (load("prod"), *map(drawn, (*range(30), 33, 44))):
        named |= {each.address for each in values(env)}
        for layer, promised in promises(env).items():
            built |= {f"{layer}/{address}" for each in promised.promises for address in each.addresses}
    assert named - built == set()


def _body(found: Layers, address: str) -> dict[str, Any] | None:
    layer, _, resource = address.partition("/")
    kind, _, wanted = resource.partition(".")
    bodies: dict[str, dict[str, Any]] = found.get(layer, {}).get("resource", {}).get(kind, {})
    return next((body for name, body in bodies.items() if plain(name) == wanted), None)


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_each_value_that_is_taken_away_is_missed(name: str) -> None:
    env, tried = load(name), 0
    for value in values(env):
        found = copy.deepcopy(
            {layer: config for layer, config in layers(name).items() if value.address.startswith(f"{layer}/")}
        )
        body = _body(found, value.address)
        if body is None:
            continue
        first = re.split(r"[.\[]", value.argument)[0]
        if value.expected is None:
            body[first] = {"prevent_destroy": True}
        else:
            del body[first]
        lines = list(unvalued(found, env))
        assert any(f"argument {value.argument} is not " in line for line in lines), value
        assert all(line.endswith("; synthesise again") for line in lines)
        tried += 1
    assert tried > 40


@pytest.mark.parametrize("other", [True, "1000", 1000.0, None, [], {}, 999])
def test_a_value_of_another_kind_is_another_value(other: Any) -> None:
    found = copy.deepcopy(layers("dev"))
    body = _body(found, "edge/aws_wafv2_web_acl.firewall_acl")
    assert body is not None
    body["rule"][0]["statement"]["rate_based_statement"]["limit"] = other
    (line,) = unvalued(found, load("dev"))
    assert re.fullmatch(
        r"edge/aws_wafv2_web_acl\.firewall_acl_\w{8}: argument rule\[0\]\.statement\.rate_based_statement\.limit "
        r"is not 1000, as edge\.rate_limit_per_5_minutes says; synthesise again",
        line,
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.b", 1),
        ("a.c", None),
        ("list[0].x", 1),
        ("list[2].x", None),
        ("list[].x", [1, 2]),
        ("list.x", None),
        ("a[0].b", None),
        ("a[].b", None),
        ("no.b", None),
    ],
)
def test_paths(path: str, expected: Any) -> None:
    assert reach({"a": {"b": 1}, "list": [{"x": 1}, {"x": 2}]}, path) == expected
