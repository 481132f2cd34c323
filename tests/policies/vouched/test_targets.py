"""References that lead nowhere, expressions that no construct makes, and layers in another order are refused."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from config import load
from policies.vouched.targets import out_of_order, untargeted
from tests.support.shared import environment, synthesis

Layers = dict[str, Any]
Change = Callable[[Layers], None]

DEV = load("dev")
AGAIN = "; synthesise again"


@pytest.fixture
def dev() -> Layers:
    """The layers of dev, to change."""
    return copy.deepcopy({name: dict(template.config) for name, template in environment("dev").items()})


def refused(layers: Layers) -> list[str]:
    return list(untargeted(layers, DEV))


def bucket(layers: Layers) -> dict[str, Any]:
    """A bucket of the edge."""
    buckets: dict[str, dict[str, Any]] = layers["edge"]["resource"]["aws_s3_bucket"]
    return next(body for name, body in buckets.items() if name.startswith("access_logs_bucket"))


@pytest.mark.parametrize(
    "value",
    [
        '${join("",["a"])}',
        '${base64decode("eyJWZXJzaW9uIjoi")}',
        "${!true}",
        "${1 == 2}",
        '${cidrsubnet("0.0.0.0/0",0,0)}',
        "${true ? aws_s3_bucket.x.id : 1}",
        "${var.x}",
        "${local.x}",
        "${path.module}",
        "${terraform.workspace}",
        "${each.key}",
        "${file(\"/etc/passwd\")}",
        "${aws_s3_bucket.access_logs_bucket}",
        "${ aws_s3_bucket.x.id }",
        "${aws_s3_bucket.x.id",
        "${aws_s3_bucket.x[*].id}",
        "${jsonencode({a = 1})}",
        "${{}}",
        "${}",
        "${data.terraform_remote_state.cross-stack-reference-input-infrastructure.outputs}",
        "${data.terraform_remote_state.cross-stack-reference-input-infrastructure.backend}",
        '${join(" ", aws_route53_zone.x.name_servers, "evil")}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("shape", ["text", "inside", "list", "key"])
def test_expressions_that_no_construct_makes(value: str, shape: str, dev: Layers) -> None:
    hidden = {"text": value, "inside": f"a-{value}-b", "list": [{"x": value}], "key": {value: "x"}}[shape]
    bucket(dev)["planted"] = hidden
    lines = refused(dev)
    assert lines
    assert all(line.startswith("edge/aws_s3_bucket.access_logs_bucket") and line.endswith(AGAIN) for line in lines)
    assert any(".planted" in line and "holds an expression that no construct makes" in line for line in lines)


@pytest.mark.parametrize("value", ["$${x}", "%{ if true }x%{ endif }", "%%{x}", "$$${aws_s3_bucket.x.id}"])
def test_templates_that_no_construct_writes(value: str, dev: Layers) -> None:
    bucket(dev)["planted"] = value
    assert any(".planted: holds a template that no construct writes" in line for line in refused(dev))


@pytest.mark.parametrize("section", ["resource", "output", "provider"])
def test_every_place_is_read(section: str, dev: Layers) -> None:
    planted = {"x": "${evil()}"}
    if section == "output":
        dev["edge"]["output"]["url"] = {"value": "${evil()}"}
    elif section == "provider":
        dev["edge"]["provider"]["aws"][0]["default_tags"] = planted
    else:
        dev["edge"]["resource"]["aws_s3_bucket"]["x"] = planted
    (line,) = refused(dev)
    assert "holds an expression that no construct makes" in line


@pytest.mark.parametrize(
    "value", ["${aws_s3_bucket.nope.id}", "${data.aws_iam_policy_document.nope.json}", "x ${aws_kms_key.nope.arn} y"]
)
def test_a_reference_to_what_is_not_declared(value: str, dev: Layers) -> None:
    bucket(dev)["bucket"] = value
    (line,) = refused(dev)
    assert ".bucket: refers to " in line
    assert "nope, which this layer doesn't declare" in line


def test_a_resource_that_is_deleted_is_missed_by_its_references(dev: Layers) -> None:
    dev["edge"]["resource"]["aws_wafv2_web_acl"] = {}
    lines = refused(dev)
    assert any(
        "aws_cloudfront_distribution" in line and "web_acl_id: refers to aws_wafv2_web_acl" in line for line in lines
    )
    assert any(line.startswith("edge/aws_wafv2_web_acl_logging_configuration.") for line in lines)


@pytest.mark.parametrize("value", [["aws_s3_bucket.nope"], "aws_s3_bucket.nope", [1], ["${aws_s3_bucket.x}"]])
def test_an_order_after_what_is_not_declared(value: Any, dev: Layers) -> None:
    bucket(dev)["depends_on"] = value
    assert any("argument depends_on names what this layer doesn't declare" in line for line in refused(dev))


@pytest.mark.parametrize("value", ["aws.nope", "null", "", None, ["aws"]])
def test_a_provider_that_is_not_configured(value: Any, dev: Layers) -> None:
    bucket(dev)["provider"] = value
    assert any("argument provider names none that this layer configures" in line for line in refused(dev))


def test_a_layer_that_is_gone_is_missed_by_those_that_read_it(dev: Layers) -> None:
    del dev["infrastructure"]
    lines = refused(dev)
    assert any(line.startswith("service/data.terraform_remote_state") and "reads no layer" in line for line in lines)
    assert any("of layer infrastructure, which has none of that name" in line for line in lines)


def test_an_output_that_is_gone(dev: Layers) -> None:
    name = next(iter(dev["service"]["output"]))
    del dev["service"]["output"][name]
    assert any(f"reads output {name} of layer service, which has none of that name" in line for line in refused(dev))


def test_an_output_that_nobody_reads(dev: Layers) -> None:
    dev["service"]["output"]["planted"] = {"value": "x"}
    assert refused(dev) == [
        f"service/output.planted: no layer, person or release reads it{AGAIN}",
    ]


def test_a_state_that_nobody_reads(dev: Layers) -> None:
    states = dev["service"]["data"]["terraform_remote_state"]
    states["cross-stack-reference-input-edge"] = next(iter(states.values()))
    (line,) = refused(dev)
    assert line.endswith(f".cross-stack-reference-input-edge: nothing reads it{AGAIN}")


def test_a_state_of_no_layer(dev: Layers) -> None:
    states = dev["service"]["data"]["terraform_remote_state"]
    states["other"] = next(iter(states.values()))
    (line,) = refused(dev)
    assert line.endswith(f".other: it reads no layer of this folder{AGAIN}")


def test_a_state_with_an_expression(dev: Layers) -> None:
    state = next(iter(dev["service"]["data"]["terraform_remote_state"].values()))
    state["config"] = {**state["config"], "bucket": "${aws_s3_bucket.x.id}"}
    (line,) = refused(dev)
    assert line.endswith(f"it holds another expression than that of the workspace{AGAIN}")


def test_a_refusal_does_not_repeat_what_it_refuses(dev: Layers) -> None:
    bucket(dev)["planted"] = '${sha1("hunter2-hunter2")}'
    assert "hunter2" not in "".join(refused(dev))


def _order() -> dict[str, set[str]]:
    return {layer.name: set(layer.dependencies) for layer in synthesis("dev").layers}


@pytest.mark.parametrize(("layer", "other"), [("service", "llm"), ("edge", "service"), ("security", "infrastructure")])
def test_a_layer_that_no_longer_waits(layer: str, other: str, dev: Layers) -> None:
    order = _order()
    order[layer].discard(other)
    assert list(out_of_order(dev, order)) == [
        f"{layer}: manifest.json doesn't put it after {other}, on which it builds{AGAIN}"
    ]


def test_a_layer_that_waits_for_another(dev: Layers) -> None:
    order = _order()
    order["infrastructure"].add("edge")
    assert list(out_of_order(dev, order)) == [
        f"infrastructure: manifest.json puts it after edge, of which it reads nothing{AGAIN}"
    ]
