from __future__ import annotations

from functools import cache
from typing import Any

from constructs_lib.observability.log_group import LogGroup
from tests.support.synthesised import Resource, template


@cache
def _group(**changes: Any) -> Resource:
    arguments = {"name": "/app", "retention_days": 7, "kms_key_arn": "arn:of:key"}
    return template(lambda scope: LogGroup(scope, "logs", **{**arguments, **changes})).one("aws_cloudwatch_log_group")


def test_it_is_encrypted_and_ends() -> None:
    assert (_group()["name"], _group()["retention_in_days"], _group()["kms_key_id"]) == ("/app", 7, "arn:of:key")


def test_application_logs_may_go_with_their_environment() -> None:
    assert "lifecycle" not in _group()


def test_evidence_can_be_protected() -> None:
    assert _group(protected=True)["lifecycle"] == {"prevent_destroy": True}
