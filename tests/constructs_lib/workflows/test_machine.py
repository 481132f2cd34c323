from __future__ import annotations

import json

import pytest

from constructs_lib.workflows.definition import Functions, IngestionRun, RunLimits
from constructs_lib.workflows.machine import IngestionMachine
from tests.constructs_lib.workflows.samples import ACCOUNT, PLACES
from tests.support.synthesised import Resource, Template, template

FUNCTIONS = Functions("arn:of:fetch", "arn:of:embed", "arn:of:ledger", "arn:of:load")
CALLED = ("fetch", "embed", "ledger", "load")
MACHINE = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:ingestion"


def build() -> Template:
    return template(
        lambda scope: IngestionMachine(
            scope,
            "run",
            places=PLACES,
            functions=FUNCTIONS,
            function_names=CALLED,
            limits=RunLimits(),
            role_name="run",
            log_group_name="/runs",
            log_retention_days=30,
        )
    )


@pytest.fixture(scope="module")
def config() -> Template:
    return build()


@pytest.fixture(scope="module")
def body(config: Template) -> Resource:
    return config.one("aws_sfn_state_machine")


def test_it_logs_errors_with_their_data_and_is_traced(config: Template, body: Resource) -> None:
    (group,) = config.all("aws_cloudwatch_log_group")
    assert body["logging_configuration"] == {
        "include_execution_data": True,
        "level": "ERROR",
        "log_destination": f"${{aws_cloudwatch_log_group.{group}.arn}}:*",
    }
    assert body["tracing_configuration"] == {"enabled": True}


def test_it_waits_for_its_permissions(config: Template, body: Resource) -> None:
    (policy,) = config.all("aws_iam_role_policy")
    assert body["depends_on"] == [f"aws_iam_role_policy.{policy}"]


@pytest.mark.parametrize(
    ("sid", "resources"),
    [
        ("CallFunctions", [f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{each}" for each in CALLED]),
        ("StartPages", [MACHINE]),
        ("FollowPages", [f"arn:aws:states:us-east-1:{ACCOUNT}:execution:ingestion:*"]),
        ("ReadPages", ["arn:aws:s3:::pages/runs/*"]),
    ],
)
def test_the_role_may_only(config: Template, sid: str, resources: list[str]) -> None:
    assert config.statements("access_document")[sid]["resources"] == resources


def test_only_this_machine_assumes_the_role(config: Template) -> None:
    trust = config.statements("role/trust")["Assume"]
    assert trust["principals"] == [{"type": "Service", "identifiers": ["states.amazonaws.com"]}]
    assert {each["variable"]: each["values"] for each in trust["condition"]} == {
        "aws:SourceAccount": [ACCOUNT],
        "aws:SourceArn": [MACHINE],
    }


def test_the_definition_is_whole_json(body: Resource) -> None:
    assert json.loads(body["definition"])["StartAt"] == "Begin"


def test_a_definition_that_isnt_sound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(IngestionRun):
        def definition(self) -> dict[str, object]:
            return {**super().definition(), "StartAt": "Start"}

    monkeypatch.setattr("constructs_lib.workflows.machine.IngestionRun", Broken)
    with pytest.raises(Exception, match="the state machine isn't sound: StartAt: 'Start' is no state"):
        build()
