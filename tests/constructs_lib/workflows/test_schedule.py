from __future__ import annotations

import json

import pytest

from constructs_lib.workflows.schedule import IngestionSchedule
from tests.constructs_lib.workflows.samples import ACCOUNT, KEY, PLACES
from tests.support.synthesised import Template, template


@pytest.fixture(scope="module")
def config() -> Template:
    return template(
        lambda scope: IngestionSchedule(
            scope,
            "schedule",
            name_prefix="ingestion",
            role_name="schedule",
            expression="rate(1 day)",
            sources=("site", "my-docs"),
            machine_arn="arn:of:the-machine",
            places=PLACES,
        )
    )


def test_each_source_has_its_schedule(config: Template) -> None:
    found = {each["name"]: each for each in config.all("aws_scheduler_schedule").values()}
    assert set(found) == {"ingestion-site", "ingestion-my-docs"}
    assert {(each["schedule_expression"], each["kms_key_arn"]) for each in found.values()} == {("rate(1 day)", KEY)}
    told = json.loads(found["ingestion-my-docs"]["target"]["input"])
    assert told == {"source": "my-docs", "mode": "all"}


def test_a_schedule_waits_for_its_permission(config: Template) -> None:
    (policy,) = config.all("aws_iam_role_policy")
    for each in config.all("aws_scheduler_schedule").values():
        assert each["depends_on"] == [f"aws_iam_role_policy.{policy}"]


def test_the_role_starts_runs_and_reads_its_own_schedules(config: Template) -> None:
    found = config.statements("access_document")
    assert found["StartRuns"]["resources"] == [PLACES.machine_arn]
    (bound,) = found["DecryptInput"]["condition"]
    start = f"arn:aws:scheduler:us-east-1:{ACCOUNT}:schedule/default/ingestion-"
    assert bound["values"] == [f"{start}site", f"{start}my-docs"]


def test_only_this_accounts_schedules_assume_the_role(config: Template) -> None:
    trust = config.statements("role/trust")["Assume"]
    assert trust["principals"] == [{"type": "Service", "identifiers": ["scheduler.amazonaws.com"]}]
    assert {each["variable"] for each in trust["condition"]} == {"aws:SourceAccount", "aws:SourceArn"}
