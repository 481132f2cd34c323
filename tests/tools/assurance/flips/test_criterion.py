"""Arguments about security are chosen by name and type, weaker values from a table."""

from __future__ import annotations

from typing import Any

import pytest

from tools.assurance.flips.criterion import REMOVED, opened, security_topic, weaker
from tools.assurance.flips.schema import Argument


def argument(path: str, form: str = "string", *, kind: str = "aws_lb", required: bool = False) -> Argument:
    return Argument(kind, path, form, required)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (argument("kms_key_id"), "encryption"),
        (argument("ssl_policy", kind="aws_lb_listener"), "transport"),
        (argument("access_logs/enabled", "bool"), "evidence"),
        (argument("enable", "bool", kind="aws_guardduty_detector"), "detection"),
        (argument("code_signing_config_arn", kind="aws_lambda_function"), "identity"),
        (argument("idle_timeout", "number"), None),
        (argument("health_check/enabled", "bool"), None),
        (argument("name", kind="aws_kms_alias"), None),
    ],
)
def test_an_argument_is_judged_by_its_words_and_a_plain_one_by_what_is_around_it(
    subject: Argument, expected: str | None
) -> None:
    assert security_topic(subject) == expected


@pytest.mark.parametrize(
    ("subject", "value", "expected"),
    [
        (argument("internal", "bool"), True, (False,)),
        (argument("kms_key_id"), "${aws_kms_key.main.arn}", (REMOVED,)),
        (argument("kms_key_id", required=True), "${aws_kms_key.main.arn}", ()),
        (argument("access_logs", "block"), {}, (REMOVED,)),
        (argument("access_logs", "block", required=True), {}, ()),
        (argument("type", kind="aws_accessanalyzer_analyzer"), "ACCOUNT", ()),
        (argument("retention_in_days", "number"), 365, (1, 3, 7)),
        (argument("filters_config/input_strength"), "LOW", ("NONE",)),
        (argument("filters_config/output_strength"), "NONE", ()),
        (argument("ingress", "block", kind="aws_network_acl"), {}, ()),
        (argument("policies/untrusted_artifact_on_deployment"), "Enforce", ("Warn",)),
    ],
)
def test_what_is_set_is_flipped_or_removed_where_that_is_weaker(
    subject: Argument, value: Any, expected: tuple[Any, ...]
) -> None:
    assert weaker(subject, value) == expected


def test_what_is_unset_is_opened_where_something_could_be() -> None:
    assert opened(argument("pid_mode", kind="aws_ecs_task_definition")) == ("host",)
    assert opened(argument("cidr_ipv4", kind="aws_vpc_security_group_ingress_rule")) == ("0.0.0.0/0",)
    assert opened(argument("kms_key_id")) == ()
