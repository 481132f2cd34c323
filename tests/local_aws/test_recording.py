"""Recording: which client asked what, each once, and nothing of what a body holds but names."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local_aws import Endpoint
from local_aws.endpoint import RunFiles
from local_aws.messages import Request
from local_aws.recording import Asked, Recording, asked_by, read_recording

PROVIDER = (
    "APN/1.0 HashiCorp/1.0 Terraform/1.11.4 (+https://www.terraform.io) terraform-provider-aws/5.100.0 step/plan/edge"
)
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


def request(
    method: str = "POST",
    path: str = "/",
    *,
    agent: str = PROVIDER,
    headers: dict[str, str] | None = None,
    body: str = "",
) -> Request:
    return Request(method, path, {"user-agent": agent, **(headers or {})}, "iam", "us-east-1", body.encode())


@pytest.mark.parametrize(
    ("agent", "client", "step"),
    [
        (PROVIDER, "provider", "plan/edge"),
        ("APN/1.0 HashiCorp/1.0 Terraform/1.11.4 (+https://www.terraform.io) aws-sdk-go-v2/1.36", "backend", ""),
        ("Boto3/1.35.99 md/Botocore#1.35.99", "boto3", ""),
        ("curl/8", "other", ""),
    ],
)
def test_clients_are_told_apart(agent: str, client: str, step: str) -> None:
    found = asked_by(request(agent=agent))
    assert (found.client, found.step) == (client, step)


def test_a_form_gives_its_action_and_names_and_nothing_else() -> None:
    found = asked_by(request(headers=FORM, body="Action=CreateRole&RoleName=web&AssumeRolePolicyDocument=%7B%7D"))
    assert (found.operation, found.names) == ("CreateRole", (("RoleName", "web"),))


def test_json_gives_its_target_and_names_and_nothing_else() -> None:
    headers = {"x-amz-target": "secretsmanager.PutSecretValue"}
    found = asked_by(request(headers=headers, body='{"SecretId": "session-key", "SecretString": "marker"}'))
    assert (found.operation, found.names) == ("PutSecretValue", (("SecretId", "session-key"),))


def test_a_path_is_kept_without_its_signature() -> None:
    found = asked_by(request("PUT", "/bucket/key?x-id=PutObject&X-Amz-Signature=abc&tagging"))
    assert found.operation == "PUT /bucket/key?tagging=&x-id=PutObject"


def test_each_kind_of_request_is_kept_once_and_the_file_ends_sorted(tmp_path: Path) -> None:
    file = tmp_path / "requests.jsonl"
    recording = Recording(file)
    for path in ("/b", "/a", "/b"):
        recording.note(request("GET", path))
    assert len(file.read_text().splitlines()) == 2
    recording.sort()
    assert [each.operation for each in read_recording(file)] == ["GET /a", "GET /b"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_run_records_what_its_clients_ask(endpoint: Endpoint, client: Callable[..., Any], run_folder: Path) -> None:
    client("iam").list_roles()
    kept = read_recording(RunFiles(run_folder).requests)
    assert Asked("boto3", "", "iam", "us-east-1", "ListRoles") in kept
