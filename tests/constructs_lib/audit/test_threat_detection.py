from __future__ import annotations

from constructs_lib.audit.threat_detection import ThreatDetection
from tests.support.synthesised import Template, template


def features(stack: Template) -> dict[str, str]:
    return {body["name"]: body["status"] for body in stack.all("aws_guardduty_detector_feature").values()}


def test_the_detector_is_on_and_reports_soon() -> None:
    detector = template(lambda scope: ThreatDetection(scope, "threats")).one("aws_guardduty_detector")
    assert detector["enable"] is True
    assert detector["finding_publishing_frequency"] == "FIFTEEN_MINUTES"


def test_features_are_on_for_what_exists_here_and_said_to_be_off_otherwise() -> None:
    stack = template(lambda scope: ThreatDetection(scope, "threats"))
    assert features(stack) == {
        "S3_DATA_EVENTS": "ENABLED",
        "LAMBDA_NETWORK_LOGS": "ENABLED",
        "EKS_AUDIT_LOGS": "DISABLED",
        "EBS_MALWARE_PROTECTION": "DISABLED",
        "RDS_LOGIN_EVENTS": "DISABLED",
        "RUNTIME_MONITORING": "DISABLED",
    }
    described = [
        body for body in stack.all("aws_guardduty_detector_feature").values() if "additional_configuration" in body
    ]
    assert [body["name"] for body in described] == ["RUNTIME_MONITORING"]
    # In the order of GuardDuty's answer: provider 5.100 takes another one for a change.
    assert [(agent["name"], agent["status"]) for agent in described[0]["additional_configuration"]] == [
        ("EKS_ADDON_MANAGEMENT", "DISABLED"),
        ("ECS_FARGATE_AGENT_MANAGEMENT", "DISABLED"),
        ("EC2_AGENT_MANAGEMENT", "DISABLED"),
    ]


def test_runtime_monitoring_brings_the_agent_to_fargate_alone() -> None:
    stack = template(lambda scope: ThreatDetection(scope, "threats", runtime_monitoring=True))
    monitoring = stack.one("aws_guardduty_detector_feature", "runtime_monitoring")
    assert monitoring["status"] == "ENABLED"
    assert {agent["name"]: agent["status"] for agent in monitoring["additional_configuration"]} == {
        "EKS_ADDON_MANAGEMENT": "DISABLED",
        "EC2_AGENT_MANAGEMENT": "DISABLED",
        "ECS_FARGATE_AGENT_MANAGEMENT": "ENABLED",
    }
