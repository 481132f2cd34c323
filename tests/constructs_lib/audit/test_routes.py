from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from constructs_lib.audit.routes import (
    COPIES,
    EXPOSURE,
    IMAGES,
    POSTURE,
    THREATS,
    TRAIL_ROUTES,
    FindingRoute,
    foreign_images,
)
from constructs_lib.observability.event_message import PLAIN
from pipeline.operations.shells import debug_copy
from tests.constructs_lib.audit.operations import operations

REPOSITORY = "123456789012.dkr.ecr.us-east-1.amazonaws.com/app"
DIGEST = f"sha256:{'a' * 64}"
REVISIONS = foreign_images(family="app", ours=(f"{REPOSITORY}@sha256:", f"{REPOSITORY}:unreleased"))
OF_THE_TRAIL = (*TRAIL_ROUTES, REVISIONS)
ROUTES = (THREATS, POSTURE, IMAGES, EXPOSURE, *OF_THE_TRAIL)
BY_ID = {route.id: route for route in ROUTES}
CALLER = {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/kim"}
ENVELOPE = {"account": "123456789012", "time": "2026-01-01T00:00:00Z", "region": "us-east-1"}


def call(source: str, name: str, *, caller: Mapping[str, str] = CALLER, **parameters: Any) -> dict[str, Any]:
    """An operation as EventBridge gets it from CloudTrail."""
    return {
        **ENVELOPE,
        "source": f"aws.{source}",
        "detail-type": "AWS API Call via CloudTrail",
        "detail": {
            "eventSource": f"{source}.amazonaws.com",
            "eventName": name,
            "eventType": "AwsApiCall",
            "awsRegion": "us-east-1",
            "sourceIPAddress": "192.0.2.1",
            "userIdentity": dict(caller),
            "requestParameters": parameters,
        },
    }


def finding(source: str, kind: str, **detail: Any) -> dict[str, Any]:
    return {**ENVELOPE, "source": f"aws.{source}", "detail-type": kind, "detail": detail}


def threat(severity: float) -> dict[str, Any]:
    names = {"title": "Odd", "type": "Recon", "region": "us-east-1", "accountId": "123456789012", "id": "1"}
    return finding("guardduty", "GuardDuty Finding", severity=severity, **names)


def posture(severity: str = "HIGH", product: str = "Security Hub", status: str = "NEW") -> dict[str, Any]:
    one = {
        "ProductName": product,
        "Severity": {"Label": severity},
        "Workflow": {"Status": status},
        "RecordState": "ACTIVE",
        "Compliance": {"SecurityControlId": "S3.1"},
        "Resources": [{"Id": "arn:aws:s3:::bucket"}],
        "AwsAccountId": "123456789012",
        "Remediation": {"Recommendation": {"Url": "https://docs.aws.amazon.com/console/securityhub/S3.1"}},
    }
    return finding("securityhub", "Security Hub Findings - Imported", findings=[one])


def image(severity: str = "HIGH", status: str = "ACTIVE") -> dict[str, Any]:
    names = {
        "packageVulnerabilityDetails": {"vulnerabilityId": "CVE-2026-1", "vulnerablePackages": [{"name": "a"}]},
        "resources": [{"id": "arn:aws:ecr:us-east-1:123456789012:repository/app/sha256:0f"}],
        "awsAccountId": "123456789012",
    }
    return finding("inspector2", "Inspector2 Finding", severity=severity, status=status, **names)


def exposure(status: str = "ACTIVE") -> dict[str, Any]:
    names = {"resource": "arn:aws:s3:::b", "action": ["s3:Get"], "principal": {"AWS": "*"}, "accountId": "123456789012"}
    return finding("access-analyzer", "Access Analyzer Finding", status=status, **names)


def revision(*images: str, family: str = "app", **more: str) -> dict[str, Any]:
    """A revision as ECS registers it: the containers are a list."""
    containers = [{"name": f"c{number}", "image": image} for number, image in enumerate(images)]
    event = call("ecs", "RegisterTaskDefinition", family=family, containerDefinitions=containers)
    event["detail"].update(more)
    return event


ROOT = {"type": "Root", "arn": "arn:aws:iam::123456789012:root"}
HEARD = [
    ("threats", threat(4)),
    ("posture", posture()),
    ("images", image()),
    ("exposure", exposure()),
    ("root_use", call("iam", "CreateUser", caller=ROOT)),
    ("keys", call("kms", "ScheduleKeyDeletion", keyId="k")),
    ("watchers", call("cloudtrail", "StopLogging")),
    ("secrets", call("secretsmanager", "PutSecretValue", secretId="s")),
    ("shells", call("ecs", "ExecuteCommand", cluster="main", task="t")),
    ("revisions", revision("docker.io/miner:latest")),
]
NOT_HEARD = [
    ("threats", threat(3.9)),
    ("posture", posture("MEDIUM")),
    ("posture", posture(product="GuardDuty")),
    ("posture", posture(status="SUPPRESSED")),
    ("images", image("MEDIUM")),
    ("images", image(status="CLOSED")),
    ("exposure", exposure("RESOLVED")),
    ("root_use", call("iam", "CreateUser")),
    ("keys", call("kms", "DescribeKey", keyId="k")),
    ("watchers", call("cloudtrail", "DescribeTrails")),
    ("secrets", call("secretsmanager", "GetSecretValue", secretId="s")),
    ("revisions", revision(f"{REPOSITORY}@{DIGEST}")),
    ("revisions", revision(f"{REPOSITORY}:unreleased")),
    ("revisions", revision("docker.io/miner:latest", family="another")),
    ("revisions", revision("docker.io/miner:latest", errorCode="AccessDenied")),
    ("shells", call("ecs", "RunTask", cluster="main")),
]


def matches(pattern: Any, value: Any) -> bool:
    """EventBridge's matching, as far as these patterns go; an object in a list matches when one of the list does."""
    if isinstance(value, list):
        return any(matches(pattern, one) for one in value)
    if isinstance(pattern, Mapping):
        return isinstance(value, Mapping) and all(_in(value, key, pattern[key]) for key in pattern)
    return any(_accepts(choice, value) for choice in pattern)


def _in(value: Mapping[str, Any], key: str, pattern: Any) -> bool:
    if pattern == [{"exists": False}]:
        return key not in value
    return key in value and matches(pattern, value[key])


def _accepts(choice: Any, value: Any) -> bool:
    if not isinstance(choice, Mapping):
        return bool(choice == value)
    if "numeric" in choice:
        operator, limit = choice["numeric"]
        assert operator == ">="
        return bool(value >= limit)
    refused = choice["anything-but"]
    if isinstance(refused, Mapping):
        (prefix,) = refused.values()
        return not str(value).startswith(tuple([prefix] if isinstance(prefix, str) else prefix))
    return value not in refused


def resolve(path: str, event: Any) -> Any:
    for step in re.findall(r"\.([\w-]+)|\[(\d)\]", path):
        event = event[step[0]] if step[0] else event[int(step[1])]
    return event


def test_each_kind_of_event_has_a_sample_here() -> None:
    assert [id_ for id_, _ in HEARD] == list(BY_ID)


@pytest.mark.parametrize(("id_", "event"), HEARD, ids=lambda value: value if isinstance(value, str) else "")
def test_it_is_heard_by_its_own_route_and_every_word_of_the_message_is_there(id_: str, event: dict[str, Any]) -> None:
    assert [route.id for route in ROUTES if matches(route.pattern, event)] == [id_]
    message = BY_ID[id_].message
    if message is None:  # a state machine tells of it (test_vulnerabilities.py)
        assert id_ == "images"
        return
    for path in message.fields.values():
        assert re.fullmatch(PLAIN[path], str(resolve(path, event))), path
    # Only objects and lists are put into a message as JSON.
    assert all(isinstance(resolve(path, event), (dict, list)) for path in message.attached.values())


@pytest.mark.parametrize(
    "name", ["PutSecretValue", "UpdateSecretVersionStage", "RotateSecret", "ReplicateSecretToRegions", "DeleteSecret"]
)
def test_every_way_to_change_what_tasks_read_is_heard(name: str) -> None:
    assert matches(BY_ID["secrets"].pattern, call("secretsmanager", name, secretId="s"))


@pytest.mark.parametrize(("id_", "event"), NOT_HEARD, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_lesser_stays_quiet(id_: str, event: dict[str, Any]) -> None:
    assert not matches(BY_ID[id_].pattern, event)


def test_what_aws_does_for_the_root_user_is_not_root_use() -> None:
    event = call("kms", "RotateKey", caller=ROOT)
    event["detail"]["eventType"] = "AwsServiceEvent"
    assert not matches(BY_ID["root_use"].pattern, event)


@pytest.mark.parametrize(
    "images",
    [
        (f"{REPOSITORY}:v1",),
        (f"{REPOSITORY}-else@{DIGEST}",),
        (f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/app@{DIGEST}",),
        (f"{REPOSITORY}@{DIGEST}", "docker.io/aside:1"),
    ],
)
def test_a_tag_another_repository_and_a_second_container_are_foreign(images: tuple[str, ...]) -> None:
    assert matches(REVISIONS.pattern, revision(*images))


def test_one_prefix_is_no_list() -> None:
    found = foreign_images(family="app", ours=(f"{REPOSITORY}@sha256:",))
    assert not matches(found.pattern, revision(f"{REPOSITORY}@{DIGEST}"))
    assert matches(found.pattern, revision(f"{REPOSITORY}:unreleased"))
    (choice,) = found.pattern["detail"]["requestParameters"]["containerDefinitions"]["image"]
    assert choice == {"anything-but": {"prefix": f"{REPOSITORY}@sha256:"}}


@pytest.mark.parametrize("route", OF_THE_TRAIL, ids=lambda route: route.id)
def test_a_misspelt_operation_would_never_match(route: FindingRoute) -> None:
    sources = [host.removesuffix(".amazonaws.com") for host in route.pattern["detail"].get("eventSource", ())]
    known = set().union(*map(operations, sources))
    assert set(route.pattern["detail"].get("eventName", ())) <= known


def test_no_message_carries_a_secret_value() -> None:
    message = BY_ID["secrets"].message
    assert message
    assert not message.attached
    paths = message.fields.values()
    assert {path for path in paths if "requestParameters" in path} == {"$.detail.requestParameters.secretId"}


def test_what_global_services_report_is_brought_home() -> None:
    assert {route.id for route in ROUTES if route.everywhere} == {"root_use", "keys"}


def test_a_debug_copy_with_another_image_is_foreign_and_one_of_what_runs_is_not() -> None:
    assert matches(REVISIONS.pattern, revision("docker.io/miner:latest", family="app-debug"))
    assert not matches(
        REVISIONS.pattern, revision(f"{REPOSITORY}@{DIGEST}", f"{REPOSITORY}@{DIGEST}", family="app-debug")
    )
    assert COPIES == debug_copy.SUFFIX
