"""The picture shows the content of the synthesised JSON."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from pipeline.report import LayerResult
from pipeline.report.architecture import Picture, build_picture
from pipeline.report.captions import card_caption
from pipeline.report.changes import changes_of
from pipeline.report.drawing import draw_picture
from pipeline.report.kinds import card_kind
from pipeline.report.layout import WIDTH, Box, arrange_cards
from pipeline.report.references import Address, References
from pipeline.report.routes import plan_routes
from pipeline.synth.layers import Synthesis
from terraform_json.redact import Scrubber

HOME = "us-east-1"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def sample(synthesis: Synthesis) -> Picture:
    return build_picture(synthesis, HOME, ())


def pairs(found: Picture) -> set[tuple[str, str]]:
    return {(link.source.split("@")[0], link.target.split("@")[0]) for link in found.links}


def test_references_cross_layers_through_outputs(synthesis: Synthesis) -> None:
    references = References(synthesis)
    assert references.of[Address("edge", "aws_cloudfront_vpc_origin.origin")] == {Address("service", "aws_lb.balancer")}
    assert (
        Address("infrastructure", "aws_subnet.network_private_a")
        in references.of[Address("service", "aws_lb.balancer")]
    )


def test_references_pass_through_data_sources(synthesis: Synthesis) -> None:
    policy = Address("infrastructure", "aws_iam_role_policy.read_secrets")
    assert References(synthesis).of[policy] == {
        Address("infrastructure", "aws_iam_role.execution"),
        Address("infrastructure", "aws_secretsmanager_secret.session"),
    }


def test_an_order_of_creation_is_no_reference(write: Callable[..., Synthesis]) -> None:
    body = {"depends_on": ["aws_vpc.a"], "lifecycle": {"replace_triggered_by": ["${aws_vpc.a.id}"]}}
    found = References(write({"one": ({"resource": {"aws_vpc": {"a": {}}, "aws_eip": {"b": body}}}, [])}))
    assert found.of[Address("one", "aws_eip.b")] == frozenset()


def test_every_resource_is_on_exactly_one_card(synthesis: Synthesis, sample: Picture) -> None:
    members = sorted(f"{address.layer} {address.name}" for card in sample.cards for address in card.members)
    assert members == sorted(f"{layer.name} {name}" for layer in synthesis.layers for name in layer.resources)
    drawn = ET.fromstring(draw_picture(sample)).iter(f"{SVG}g")
    assert sum(int(group.get("data-resources", "0")) for group in drawn) == len(members)


def test_links_match_references(sample: Picture) -> None:
    found = pairs(sample)
    assert {("cdn", "alb"), ("cdn", "waf"), ("service", "alb"), ("service", "registry"), ("alarms", "topics")} <= found
    assert ("waf", "alb") not in found
    assert ("search", "alb") not in found


def test_what_a_role_allows_is_a_link_of_its_own_kind(sample: Picture) -> None:
    granted = {(link.source, link.target): link.granted for link in sample.links}
    assert granted[f"service@{HOME}", f"secrets@{HOME}"] is True
    assert granted[f"service@{HOME}", f"search@{HOME}"] is True
    assert granted[f"service@{HOME}", f"registry@{HOME}"] is False


def test_lines_are_drawn_for_links_of_the_request_path(sample: Picture) -> None:
    root = ET.fromstring(draw_picture(sample))
    lines = {(line.get("data-from"), line.get("data-to")) for line in root.iter(f"{SVG}path") if line.get("data-from")}
    known = {(link.source, link.target) for link in sample.links}
    assert ("cdn@global", f"alb@{HOME}") in lines
    assert lines <= known


def test_parts_that_change_are_marked(synthesis: Synthesis, change: Callable[..., dict[str, Any]]) -> None:
    plan = {
        "resource_changes": [
            change("aws_lb.balancer", ["delete"], {}, None),
            change("aws_lb_listener.http", ["update"], {"port": 1}, {"port": 2}),
            change("aws_ecs_service.app", ["create"], None, {}),
        ]
    }
    layer = LayerResult("service", "planned", plan)
    drawn = ET.fromstring(draw_picture(build_picture(synthesis, HOME, changes_of(layer, Scrubber([])))))
    styles = {group.get("data-card"): group.get("class") for group in drawn.iter(f"{SVG}g")}
    assert styles[f"alb@{HOME}"] == "card is-destroy"
    assert styles[f"service@{HOME}"] == "card is-add"
    assert styles["cdn@global"] == "card"


def test_a_second_region_gets_a_panel_of_its_own(write: Callable[..., Synthesis]) -> None:
    network = {"resource": {"aws_vpc": {"v": {"cidr_block": "10.0.0.0/16"}}, "aws_lb": {"b": {}}}}
    synthesis = write({"service": (network, []), "service-eu-west-1": (network, [])})
    found = build_picture(synthesis, HOME, ())
    assert found.regions == (HOME, "eu-west-1")
    assert {"alb@us-east-1", "alb@eu-west-1"} <= {card.id for card in found.cards}
    one, two = arrange_cards(found).panels
    assert one.box.bottom <= two.box.y


def overlaps(one: Box, two: Box) -> bool:
    return one.x < two.right and two.x < one.right and one.y < two.bottom and two.y < one.bottom


# One resource type of every kind of card.
TYPES = (
    "aws_cloudfront_distribution",
    "aws_wafv2_web_acl",
    "aws_route53_zone",
    "aws_acm_certificate",
    "aws_lb",
    "aws_ecs_service",
    "aws_codedeploy_app",
    "aws_lambda_function",
    "aws_sfn_state_machine",
    "aws_opensearch_domain",
    "aws_vpc_endpoint",
    "aws_bedrock_guardrail",
    "aws_secretsmanager_secret",
    "aws_ecr_repository",
    "aws_dynamodb_table",
    "aws_s3_bucket",
    "aws_backup_plan",
    "aws_kms_key",
    "aws_iam_role",
    "aws_cloudwatch_metric_alarm",
    "aws_cloudwatch_dashboard",
    "aws_cloudwatch_log_group",
    "aws_sns_topic",
    "aws_budgets_budget",
    "aws_cloudtrail",
    "aws_guardduty_detector",
    "aws_vpc",
    "aws_securityhub_account",
    "aws_config_config_rule",
    "aws_accessanalyzer_analyzer",
    "aws_flow_log",
    "aws_strange_thing",
)


@pytest.mark.parametrize("without", [(), ("aws_codedeploy", "aws_lambda", "aws_sfn", "aws_opensearch")])
def test_nothing_overlaps_and_lines_pass_beside_cards(
    write: Callable[..., Synthesis], without: tuple[str, ...]
) -> None:
    types = [kind for kind in TYPES if not kind.startswith(without)]
    everything = " ".join(f"${{{kind}.x.id}}" for kind in types)
    resources: dict[str, Any] = {kind: {"x": {"uses": everything}} for kind in types}
    resources["aws_subnet"] = {f"s{n}": {"availability_zone": f"us-east-1{'abc'[n % 3]}"} for n in range(9)}
    found = build_picture(write({"one": ({"resource": resources}, [])}), HOME, ())
    layout = arrange_cards(found)
    vpc = layout.panels[0].vpc
    boxes = [box for box in layout.cards.values() if box is not vpc]
    boxes += [zone.box for zone in layout.panels[0].zones]
    assert len(boxes) > 28
    assert not [(one, two) for one in boxes for two in boxes if one is not two and overlaps(one, two)]
    assert all(box.x >= 0 and box.right <= WIDTH and box.bottom <= layout.height for box in boxes)
    for route in plan_routes(found, layout):
        for (x1, y1), (x2, y2) in zip(route.points, route.points[1:], strict=False):
            line = Box(min(x1, x2), min(y1, y2), abs(x1 - x2), abs(y1 - y2))
            assert not [box for box in boxes if overlaps(line, box)], route.link


@pytest.mark.parametrize(
    ("resource_type", "kind"),
    [
        ("aws_route53_record", "dns"),
        ("aws_route_table", "network"),
        ("aws_vpc_endpoint_policy", "endpoints"),
        ("aws_vpc_security_group_ingress_rule", "network"),
        ("aws_lb_listener_rule", "alb"),
        ("aws_appautoscaling_policy", "service"),
        ("aws_cloudwatch_log_delivery", "logs"),
        ("aws_cloudcontrolapi_resource", "traces"),
        ("aws_nothing_known", "other"),
    ],
)
def test_types_belong_to_kinds(resource_type: str, kind: str) -> None:
    assert card_kind(resource_type).id == kind


@pytest.mark.parametrize(("protocol", "said"), [("HTTPS", "internal · TLS to tasks"), ("HTTP", "internal")])
def test_the_load_balancer_says_how_it_speaks_with_tasks(protocol: str, said: str) -> None:
    assert (
        card_caption("alb", [("aws_lb", {"internal": True}), ("aws_lb_target_group", {"protocol": protocol})]) == said
    )


def test_text_is_cut_before_it_runs_out_of_its_card(write: Callable[..., Synthesis]) -> None:
    long = {"resource": {"aws_ecr_repository": {"x": {"name": "n" * 300}}}}
    drawn = draw_picture(build_picture(write({"one": (long, [])}), HOME, ()))
    assert re.search(r">n{5,25}…<", drawn)
    assert "n" * 30 not in drawn
