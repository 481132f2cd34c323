"""Placeholders have the form of the values they stand for."""

from __future__ import annotations

import re
from typing import Any

import pytest

from config.place import Place
from pipeline.planning.arns import ARNS, arn
from pipeline.planning.placeholders import Placeholders
from tests.pipeline import samples

PLACE = Place("222222222222", "eu-west-1", "aws")
# The provider's validator of ARNs: partition, service, region, account, and a resource part.
ARN = re.compile(r"arn:aws:[a-z0-9-]+:(?:[a-z]{2}-[a-z]+-\d)?:(?:\d{12})?:\S+")
CONFIG: dict[str, Any] = {
    **samples.FIRST,
    "resource": {
        **samples.FIRST["resource"],
        "aws_subnet": {"a": {"cidr_block": "10.0.0.0/24"}, "b": {"cidr_block": "10.0.1.0/24"}},
        "aws_s3_bucket": {"logs": {"bucket": "logs-${aws_vpc.net.cidr_block}"}},
        "aws_lb": {"alb": {"name": "site"}},
        "aws_lb_listener": {"http": {"port": 8080, "load_balancer_arn": "${aws_lb.alb.arn}"}},
        "aws_kms_key": {"key": {}},
        "aws_route53_zone": {"zone": {"name": "example.com"}},
        "aws_something_new": {"thing": {}},
    },
}


def value(expression: Any) -> Any:
    return Placeholders(CONFIG, PLACE, lambda upstream, output: f"{upstream}/{output}").value(expression)


@pytest.mark.parametrize(
    ("expression", "shape"),
    [
        ("${aws_vpc.net.id}", r"vpc-0{9}[0-9a-f]{8}"),
        ("${aws_subnet.a.id}", r"subnet-0{9}[0-9a-f]{8}"),
        ("${aws_sns_topic.alerts.arn}", r"arn:aws:sns:eu-west-1:222222222222:alerts"),
        ("${aws_acm_certificate.viewer.arn}", r"arn:aws:acm:us-east-1:222222222222:certificate/[0-9a-f-]{36}"),
        (
            "${aws_lb.alb.arn}",
            r"arn:aws:elasticloadbalancing:eu-west-1:222222222222:loadbalancer/app/site/[0-9a-f]{16}",
        ),
        ("${aws_lb.alb.id}", r"arn:aws:elasticloadbalancing:.*"),
        ("${aws_lb.alb.arn_suffix}", r"app/site/[0-9a-f]{16}"),
        ("${aws_lb.alb.dns_name}", r"[a-z0-9.-]+\.amazonaws\.com"),
        ("${aws_s3_bucket.logs.arn}", r"arn:aws:s3:::logs-10\.0\.0\.0/16"),
        ("${aws_kms_key.key.key_id}", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("${aws_route53_zone.zone.zone_id}", r"Z[0-9A-F]{13}"),
        ("${aws_something_new.thing.arn}", r"arn:aws:something:eu-west-1:222222222222:placeholder-[0-9a-f]{8}"),
        ("http://${aws_lb.alb.dns_name}/health", r"http://[a-z0-9.-]+\.amazonaws\.com/health"),
        ("${element(aws_subnet.a.*.id, 0)}", r"\['subnet-0{9}[0-9a-f]{8}'\]"),
    ],
)
def test_an_expression_becomes_something_of_its_form(expression: str, shape: str) -> None:
    assert re.fullmatch(shape, str(value(expression)))


def test_what_the_configuration_says_is_used_as_it_is() -> None:
    assert value("${aws_vpc.net.cidr_block}") == "10.0.0.0/16"
    assert value("${aws_lb_listener.http.port}") == 8080
    assert value("${aws_s3_bucket.logs.bucket}") == "logs-10.0.0.0/16"
    assert value("constant") == "constant"
    assert value(7) == 7


def test_an_attribute_that_refers_on_is_followed() -> None:
    assert value("${aws_lb_listener.http.load_balancer_arn}") == value("${aws_lb.alb.arn}")


def test_lists_and_objects_keep_their_shape_and_different_resources_differ() -> None:
    subnets = value(["${aws_subnet.a.id}", "${aws_subnet.b.id}"])
    assert len(set(subnets)) == 2
    assert value({"a": ["${aws_subnet.a.id}"]}) == {"a": [subnets[0]]}


def test_what_comes_from_another_layer_is_asked_for_there() -> None:
    assert value("${data.terraform_remote_state.up.outputs.vpc}") == "up/vpc"


def test_an_output_by_name() -> None:
    placeholders = Placeholders(CONFIG, PLACE, lambda upstream, output: None)
    assert placeholders.output("vpc") == value("${aws_vpc.net.id}")
    assert placeholders.output("unread") == "constant"


def test_references_in_a_circle_end() -> None:
    circle = {"resource": {"aws_vpc": {"a": {"name": "${aws_vpc.b.name}"}, "b": {"name": "${aws_vpc.a.name}"}}}}
    assert Placeholders(circle, PLACE, lambda up, out: None).value("${aws_vpc.a.name}").startswith("placeholder-")


@pytest.mark.parametrize("kind", sorted(ARNS))
def test_every_arn_passes_the_providers_validator(kind: str) -> None:
    assert ARN.fullmatch(arn(kind, f"{kind}.x", "name", PLACE))
