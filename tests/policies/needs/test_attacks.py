"""Changes of a sound configuration that a deployment would not survive, or that give away more than is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from policies.needs.proving import judge
from tests.policies.proof.configurations import Break, Configs, broken, resource, statement

FOREIGN = "arn:aws:iam::111111111111:role/intern"


def on(layer: str, document: str, sid: str, change: Callable[[dict[str, Any]], object]) -> Break:
    return lambda configs: change(statement(configs, layer, document, sid))


def arguments(layer: str, kind: str, name: str, **values: object) -> Break:
    return lambda configs: resource(configs, layer, kind, name).update(values)


def add(configs: Configs, layer: str, kind: str, body: dict[str, Any], statements: list[dict[str, Any]]) -> None:
    """A resource with a policy of its own."""
    configs[layer]["data"]["aws_iam_policy_document"]["planted"] = {"statement": statements}
    planted = body | {"policy": "${data.aws_iam_policy_document.planted.json}"}
    configs[layer]["resource"].setdefault(kind, {})["planted"] = planted


def no_pulls(configs: Configs) -> None:
    anyone = [{"type": "AWS", "identifiers": ["*"]}]
    deny = {"sid": "Nobody", "effect": "Deny", "actions": ["ecr:BatchGetImage"], "principals": anyone}
    body = {"repository": "${aws_ecr_repository.images_repository_F169625C.name}"}
    add(configs, "infrastructure", "aws_ecr_repository_policy", body, [deny])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            on("infrastructure", "gateway_endpoint", "PullImageLayers", lambda it: it.update(actions=["s3:PutObject"])),
            "can't call s3:GetObject",
        ),
        (no_pulls, "statement Nobody denies it"),
        (arguments("security", "aws_cloudtrail", "trail", s3_key_prefix="audit"), "audit/AWSLogs"),
        (arguments("security", "aws_config_delivery_channel", "recorder", s3_key_prefix="x"), "x/AWSLogs"),
        (
            arguments(
                "service",
                "aws_lb",
                "load_balancer",
                connection_logs={"bucket": "somebody-elses", "enabled": True},
            ),
            "arn:aws:s3:::somebody-elses/AWSLogs",
        ),
        (
            on(
                "infrastructure",
                "roles_execution_access",
                "WriteLogs",
                lambda it: it.update(resources=["arn:aws:logs:us-east-1:222222222222:*"]),
            ),
            "can't call logs:CreateLogStream",
        ),
        (
            on("security", "key_policy", "RecorderEncrypts", lambda it: it.update(actions=["kms:Decrypt"])),
            "can't call kms:GenerateDataKey",
        ),
    ],
    ids=[
        "endpoint",
        "registry's own policy",
        "trail's prefix",
        "recorder's prefix",
        "connection logs",
        "account",
        "key",
    ],
)
def test_what_would_fail_is_missing(change: Break, says: str) -> None:
    missing = judge(broken("prod", change)).missing
    assert any(says in gap.detail for gap in missing), [gap.detail for gap in missing]
    assert all(gap.address for gap in missing)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            on(
                "infrastructure",
                "roles_execution_access",
                "ReadSecrets",
                lambda it: it.update(resources=["arn:aws:secretsmanager:us-east-1:111111111111:secret:*"]),
            ),
            "goes beyond what is built here",
        ),
        (
            on(
                "infrastructure",
                "roles_execution_access",
                "WriteLogs",
                lambda it: it.update(resources=["arn:aws:logs:us-east-1:111111111111:log-group:*"]),
            ),
            "goes beyond what is built here",
        ),
        (
            on(
                "infrastructure",
                "alarms_policy_document",
                "ServicesOfThisAccount",
                lambda it: it["principals"].append({"type": "AWS", "identifiers": [FOREIGN]}),
            ),
            f"no need of {FOREIGN} uses it",
        ),
        (
            on(
                "infrastructure",
                "log_buckets_server_access",
                "ServerAccessLogs",
                lambda it: it["principals"].append({"type": "CanonicalUser", "identifiers": ["79a59df900b9"]}),
            ),
            "no need of 79a59df900b9 uses it",
        ),
    ],
    ids=["every secret", "every log group", "another role", "a foreign canonical user"],
)
def test_what_nobody_needs_is_unused(change: Break, says: str) -> None:
    unused = judge(broken("prod", change)).unused
    assert any(says in gap.detail for gap in unused), [gap.detail for gap in unused]


def test_statements_without_ids_are_told_apart() -> None:
    def plant(configs: Configs) -> None:
        documents = configs["infrastructure"]["data"]["aws_iam_policy_document"]
        (held,) = [body for name, body in documents.items() if name.startswith("roles_execution_access")]
        for each in held["statement"]:
            del each["sid"]
        held["statement"].append({"effect": "Allow", "actions": ["secretsmanager:PutSecretValue"], "resources": ["*"]})

    assert any("number 6: " in gap.detail for gap in judge(broken("prod", plant)).unused)


def test_a_second_policy_for_one_topic_is_a_problem() -> None:
    def plant(configs: Configs) -> None:
        events = [{"type": "Service", "identifiers": ["events.amazonaws.com"]}]
        topic = "${aws_sns_topic.alarms_topic_CB6504A9.arn}"
        allow = {"sid": "Events", "actions": ["sns:Publish"], "resources": [topic], "principals": events}
        add(configs, "infrastructure", "aws_sns_topic_policy", {"arn": topic}, [allow])

    problems = judge(broken("prod", plant)).problems
    assert any("has another policy" in each and "AWS keeps one" in each for each in problems)


def test_a_boundary_of_aws_is_a_problem() -> None:
    change = arguments(
        "infrastructure",
        "aws_iam_role",
        "roles_execution",
        permissions_boundary="arn:aws:iam::aws:policy/ReadOnlyAccess",
    )
    assert any("can't be read here" in each for each in judge(broken("prod", change)).problems)


@pytest.mark.parametrize(
    "change",
    [
        on(
            "infrastructure",
            "roles_execution_access",
            "PullImages",
            lambda it: it.update(
                condition=[{"test": "StringEquals", "variable": "aws:RequestedRegion", "values": ["us-east-1"]}]
            ),
        ),
        on(
            "security",
            "trail_bucket_policy",
            "DenyClearText",
            lambda it: it.update(
                condition=[{"test": "NumericLessThan", "variable": "s3:TlsVersion", "values": ["1.2"]}]
            ),
        ),
        arguments("infrastructure", "aws_sns_topic", "alarms", kms_master_key_id="${aws_kms_key.key_F64E54E4.key_id}"),
    ],
    ids=["the region that is asked", "old TLS", "a key by its id"],
)
def test_a_harmless_change_stays_green(change: Break) -> None:
    judged = judge(broken("prod", change))
    assert (judged.missing, judged.unused, judged.problems) == ((), (), ())


def test_a_denial_that_cannot_be_judged_says_so() -> None:
    night = [{"test": "DateGreaterThan", "variable": "aws:CurrentTime", "values": ["2026-01-01T00:00:00Z"]}]
    change = on("security", "trail_bucket_policy", "DenyClearText", lambda it: it.update(condition=night))
    (first, *_) = judge(broken("prod", change)).missing
    assert "DateGreaterThan isn't known here" in first.detail


def test_a_value_that_leads_back_to_itself_ends() -> None:
    def circle(configs: Configs) -> None:
        resource(configs, "infrastructure", "aws_sns_topic", "alarms")["name"] = (
            "${aws_sns_topic.alarms_topic_CB6504A9.name}"
        )

    assert judge(broken("prod", circle)).requests


def test_containers_that_cannot_be_read_are_named() -> None:
    change = arguments("service", "aws_ecs_task_definition", "task", container_definitions="${jsonencode([])}")
    with pytest.raises(ValueError, match="container_definitions is no list of containers"):
        judge(broken("prod", change))
