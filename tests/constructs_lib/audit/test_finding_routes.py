from __future__ import annotations

import json
from typing import Any

import pytest
from cdktf_cdktf_provider_aws.provider import AwsProvider
from constructs import Construct

from config.place import Place
from constructs_lib.audit.finding_routes import FindingRoutes, GlobalEvents, Machine
from constructs_lib.audit.routes import IMAGES, POSTURE, THREATS, TRAIL_ROUTES, FindingRoute
from constructs_lib.identity.policy import Statement
from constructs_lib.identity.role import ServiceRole
from tests.support.synthesised import Template, template

ACCOUNT = "123456789012"
TOPIC = f"arn:aws:sns:eu-central-1:{ACCOUNT}:security"
PLACE = Place(ACCOUNT, "eu-central-1", "aws")
HOME_BUS = f"arn:aws:events:eu-central-1:{ACCOUNT}:event-bus/default"


@pytest.fixture(scope="module")
def home() -> Template:
    return template(
        lambda scope: FindingRoutes(
            scope,
            "routes",
            name_prefix="findings",
            topic_arn=TOPIC,
            routes=(THREATS, POSTURE),
            place=PLACE,
            alarm_topic_arn="arn:of:alarms",
        )
    )


@pytest.fixture(scope="module")
def abroad() -> Template:
    def add(scope: Construct) -> None:
        provider = AwsProvider(scope, "aws_global", region="us-east-1", alias="global")
        GlobalEvents(
            scope,
            "global_events",
            name_prefix="findings",
            role_name="global-events",
            routes=TRAIL_ROUTES[:1],
            place=PLACE,
            provider=provider,
        )

    return template(add)


def target(stack: Template, ending: str) -> Any:
    return stack.one("aws_cloudwatch_event_target", ending)


def test_a_rule_looks_for_its_pattern(home: Template) -> None:
    rule = home.one("aws_cloudwatch_event_rule", "threats")
    assert json.loads(rule["event_pattern"]) == THREATS.pattern
    assert (rule["name"], rule["description"]) == ("findings-threats", THREATS.description)


def test_each_message_is_that_of_its_route(home: Template) -> None:
    transformer = target(home, "threats_target")["input_transformer"]
    assert THREATS.message
    assert transformer["input_template"] == THREATS.message.template
    assert transformer["input_paths"] == {**THREATS.message.fields, **THREATS.message.attached}


def test_what_cannot_be_sent_waits_in_a_queue_that_lets_it_in(home: Template) -> None:
    queue, policy = (next(iter(home.all(kind))) for kind in ("aws_sqs_queue", "aws_sqs_queue_policy"))
    for body in home.all("aws_cloudwatch_event_target").values():
        assert body["dead_letter_config"] == {"arn": f"${{aws_sqs_queue.{queue}.arn}}"}
        assert body["depends_on"] == [f"aws_sqs_queue_policy.{policy}"]
    assert home.one("aws_sqs_queue")["name"] == "findings-undelivered"
    assert home.one("aws_cloudwatch_metric_alarm")["alarm_actions"] == ["arn:of:alarms"]


def test_the_topic_is_told_without_a_role(home: Template) -> None:
    # EventBridge fails to deliver to encrypted topics through a role ("Using resource-based policies", its guide).
    for body in home.all("aws_cloudwatch_event_target").values():
        assert body["arn"] == TOPIC
        assert "role_arn" not in body


def test_a_route_without_a_message_starts_its_machine_in_a_role() -> None:
    def add(scope: Construct) -> None:
        role = ServiceRole(
            scope, "starts", name="s", service="events.amazonaws.com", account_id=ACCOUNT, description="Starts"
        )
        policy = role.allow("access", (Statement("Start", ("states:StartExecution",), ("arn:of:machine",)),))
        machines = {"images": Machine("arn:of:machine", role.arn, policy)}
        FindingRoutes(
            scope, "routes", name_prefix="f", topic_arn=TOPIC, routes=(IMAGES,), place=PLACE, machines=machines
        )

    stack = template(add)
    body = target(stack, "images_target")
    assert (body["arn"], body["target_id"]) == ("arn:of:machine", "machine")
    assert "input_transformer" not in body
    assert any(each.startswith("aws_iam_role_policy.") for each in body["depends_on"])
    assert body["dead_letter_config"]


@pytest.mark.parametrize("route", [IMAGES, THREATS])
def test_either_a_message_or_a_machine_tells(route: FindingRoute) -> None:
    def add(scope: Construct) -> None:
        role = ServiceRole(
            scope, "starts", name="s", service="events.amazonaws.com", account_id=ACCOUNT, description="Starts"
        )
        policy = role.allow("access", (Statement("Start", ("states:StartExecution",), ("arn:of:machine",)),))
        machines = {"threats": Machine("arn:of:machine", role.arn, policy)}
        FindingRoutes(
            scope, "routes", name_prefix="f", topic_arn=TOPIC, routes=(route,), place=PLACE, machines=machines
        )

    with pytest.raises(ValueError, match="either a message or a machine"):
        template(add)


def test_no_route_leaves_no_rule() -> None:
    stack = template(
        lambda scope: FindingRoutes(scope, "routes", name_prefix="f", topic_arn=TOPIC, routes=(), place=PLACE)
    )
    assert stack.types() == set()


def test_events_of_global_services_are_sent_whole_to_the_home_bus(abroad: Template) -> None:
    for type_ in ("aws_cloudwatch_event_rule", "aws_cloudwatch_event_target"):
        assert abroad.one(type_)["provider"] == "aws.global"
    body = target(abroad, "root_use_target")
    assert body["arn"] == HOME_BUS
    assert "input_transformer" not in body
    assert body["role_arn"] == f"${{aws_iam_role.{next(iter(abroad.all('aws_iam_role')))}.arn}}"


def test_events_are_forwarded_once_the_role_may(abroad: Template) -> None:
    policy = next(iter(abroad.all("aws_iam_role_policy")))
    assert target(abroad, "root_use_target")["depends_on"] == [f"aws_iam_role_policy.{policy}"]


def test_the_role_may_put_events_there_and_serves_this_account(abroad: Template) -> None:
    statement = abroad.statements("access_document")["PutEvents"]
    assert (statement["actions"], statement["resources"]) == (["events:PutEvents"], [HOME_BUS])
    trust = abroad.statements("role/trust")["Assume"]
    assert trust["principals"] == [{"type": "Service", "identifiers": ["events.amazonaws.com"]}]
    assert trust["condition"] == [{"test": "StringEquals", "variable": "aws:SourceAccount", "values": [ACCOUNT]}]
