from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from constructs_lib.load_balancing.alb import HealthCheck, InternalLoadBalancer, TargetGroup
from tests.support.synthesised import Template, template

TARGETS = TargetGroup("app", vpc_id="vpc-1")


@cache
def _balancer(**changes: Any) -> Template:
    arguments = {
        "name": "alb",
        "subnets": ("subnet-1", "subnet-2"),
        "security_groups": ("sg-1",),
        "targets": TARGETS,
        "logs_bucket": "logs",
    }
    return template(lambda scope: InternalLoadBalancer(scope, "balancer", **{**arguments, **changes}))


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("internal", True),
        ("load_balancer_type", "application"),
        ("subnets", ["subnet-1", "subnet-2"]),
        ("security_groups", ["sg-1"]),
        ("drop_invalid_header_fields", True),
        ("desync_mitigation_mode", "strictest"),
        ("enable_deletion_protection", True),
        ("idle_timeout", 120),
        ("access_logs", {"bucket": "logs", "enabled": True}),
    ],
)
def test_balancer_default(attribute: str, value: object) -> None:
    assert _balancer().one("aws_lb")[attribute] == value


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("name", "app"),
        ("port", 443),  # tasks are registered with their own
        ("protocol", "HTTPS"),
        ("target_type", "ip"),
        ("vpc_id", "vpc-1"),
        ("deregistration_delay", "60"),
        (
            "health_check",
            {
                "protocol": "HTTPS",
                "path": "/health",
                "interval": 60,
                "timeout": 5,
                "healthy_threshold": 2,
                "unhealthy_threshold": 3,
                "matcher": "200",
            },
        ),
    ],
)
def test_target_group_default(attribute: str, value: object) -> None:
    assert _balancer().one("aws_lb_target_group")[attribute] == value


def test_targets_that_speak_no_tls_are_spoken_to_in_clear() -> None:
    group = _balancer(targets=replace(TARGETS, tls=False)).one("aws_lb_target_group")
    assert (group["protocol"], group["port"], group["health_check"]["protocol"]) == ("HTTP", 80, "HTTP")


def test_a_group_goes_after_the_one_that_takes_its_place() -> None:
    assert _balancer().one("aws_lb_target_group")["lifecycle"] == {"create_before_destroy": True}


def test_without_a_certificate_it_listens_in_clear_inside_the_vpc() -> None:
    listener = _balancer().one("aws_lb_listener")
    assert (listener["port"], listener["protocol"]) == (80, "HTTP")
    assert "certificate_arn" not in listener


def test_with_a_certificate_it_listens_on_tls_alone() -> None:
    listener = _balancer(certificate_arn="arn:of:certificate").one("aws_lb_listener")
    assert (listener["port"], listener["protocol"]) == (443, "HTTPS")
    assert listener["certificate_arn"] == "arn:of:certificate"
    assert listener["ssl_policy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"


@pytest.mark.parametrize("certificate", [None, "arn:of:certificate"])
def test_the_listener_is_the_balancers(certificate: str | None) -> None:
    listener = _balancer(certificate_arn=certificate).one("aws_lb_listener")
    assert listener["load_balancer_arn"].startswith("${aws_lb.")


def test_over_tls_everything_is_forwarded() -> None:
    balancer = _balancer(certificate_arn="arn:of:certificate")
    (action,) = balancer.one("aws_lb_listener")["default_action"]
    assert action["type"] == "forward"
    assert action["target_group_arn"].startswith("${aws_lb_target_group.")
    assert "aws_lb_listener_rule" not in balancer.types()


def test_in_clear_whoever_did_not_come_over_https_is_sent_there() -> None:
    (action,) = _balancer().one("aws_lb_listener")["default_action"]
    assert action == {
        "type": "redirect",
        "redirect": {"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"},
    }


def test_in_clear_what_viewers_ask_for_over_https_is_forwarded() -> None:
    rule = _balancer().one("aws_lb_listener_rule")
    assert rule["listener_arn"].startswith("${aws_lb_listener.")
    assert rule["condition"] == [
        {"http_header": {"http_header_name": "CloudFront-Forwarded-Proto", "values": ["https"]}}
    ]
    (action,) = rule["action"]
    assert action["type"] == "forward"
    assert action["target_group_arn"].startswith("${aws_lb_target_group.")


def test_health_and_times_can_be_chosen() -> None:
    health_check = HealthCheck("/ready", interval_seconds=10, timeout_seconds=9)
    targets = replace(TARGETS, health_check=health_check, deregistration_delay_seconds=5)
    balancer = _balancer(targets=targets, idle_timeout_seconds=300)
    group = balancer.one("aws_lb_target_group")
    check = group["health_check"]
    assert (check["path"], check["interval"], check["timeout"]) == ("/ready", 10, 9)
    assert group["deregistration_delay"] == "5"
    assert balancer.one("aws_lb")["idle_timeout"] == 300


def test_protection_can_be_taken_off() -> None:
    assert _balancer(protected=False).one("aws_lb")["enable_deletion_protection"] is False


def _shifted() -> Template:
    return _balancer(targets=replace(TARGETS, second_name="app-2"), certificate_arn="arn:of:certificate")


def test_a_second_group_is_like_the_first() -> None:
    first, second = (
        {
            key: value
            for key, value in _shifted().one("aws_lb_target_group", ending).items()
            if key not in ("//", "name")
        }
        for ending in ("/target_group", "/second_target_group")
    )
    assert first == second
    assert _shifted().one("aws_lb_target_group", "/second_target_group")["name"] == "app-2"


def test_visitors_start_at_the_first_group_and_tests_at_the_second() -> None:
    balancer = _shifted()
    for ending, port, group in (("/https", 443, "_target_group"), ("/tests", 8443, "_second_target_group")):
        listener = balancer.one("aws_lb_listener", ending)
        assert (listener["port"], listener["protocol"]) == (port, "HTTPS")
        assert listener["certificate_arn"] == "arn:of:certificate"
        (action,) = listener["default_action"]
        assert action["target_group_arn"].startswith(f"${{aws_lb_target_group.balancer{group}")


def test_terraform_leaves_visitors_where_a_release_has_put_them() -> None:
    for listener in _shifted().all("aws_lb_listener").values():
        assert listener["lifecycle"] == {"ignore_changes": ["default_action"]}
    assert "lifecycle" not in _balancer(certificate_arn="arn:of:certificate").one("aws_lb_listener")


def test_a_rule_is_not_shifted() -> None:
    with pytest.raises(ValueError, match="takes a certificate_arn"):
        _balancer(targets=replace(TARGETS, second_name="app-2"))


RULED = replace(TARGETS, second_name="app-2", shifted_rules=True)


@pytest.mark.parametrize(("rule", "port", "group"), [("https_all", 443, "target_group"), ("tests_all", 8443, "second")])
def test_ecs_shifts_rules_that_catch_all(rule: str, port: int, group: str) -> None:
    balancer = _balancer(targets=RULED, certificate_arn="arn:of:certificate")
    body = balancer.one("aws_lb_listener_rule", f"/{rule}")
    assert body["condition"] == [{"path_pattern": {"values": ["*"]}}]
    assert f".balancer_{group}" in body["action"][0]["target_group_arn"]
    assert body["lifecycle"] == {"ignore_changes": ["action"]}
    listener = balancer.one("aws_lb_listener", f"/{rule.removesuffix('_all')}")
    assert listener["port"] == port
    assert body["listener_arn"].startswith(f"${{aws_lb_listener.balancer_{rule.removesuffix('_all')}_")


def test_what_no_rule_catches_reaches_no_group() -> None:
    for listener in _balancer(targets=RULED, certificate_arn="arn:of:certificate").all("aws_lb_listener").values():
        assert listener["default_action"] == [
            {"type": "fixed-response", "fixed_response": {"content_type": "text/plain", "status_code": "503"}}
        ]
        assert "lifecycle" not in listener
