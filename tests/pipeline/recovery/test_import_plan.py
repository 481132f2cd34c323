"""Imports by one plan: what is asked of Terraform, and what is left to be imported alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.recovery.import_plan import IGNORING, IMPORTS, import_together
from pipeline.recovery.matching import Import
from pipeline.synth.layers import Layer
from pipeline.terraform import Terraform

CONFIG = {
    "data": {"aws_iam_policy_document": {"queue": {"statement": [{"resources": ["${aws_sqs_queue.jobs.arn}"]}]}}},
    "resource": {
        "aws_sns_topic": {"alerts": {"name": "alerts"}, "news": {"name": "news"}},
        "aws_sqs_queue": {"jobs": {"name": "jobs"}},
        "aws_sqs_queue_policy": {
            "jobs": {"policy": "${data.aws_iam_policy_document.queue.json}", "queue_url": "${aws_sqs_queue.jobs.url}"}
        },
        "aws_cloudwatch_metric_alarm": {"late": {"depends_on": ["aws_sns_topic.alerts"], "//": "${aws_sqs_queue.no}"}},
    },
}
TOPICS = [Import("one", f"aws_sns_topic.{name}", f"arn:{name}") for name in ("alerts", "news")]
QUEUE = Import("one", "aws_sqs_queue.jobs", "url")
POLICY = Import("one", "aws_sqs_queue_policy.jobs", "url")
ALARM = Import("one", "aws_cloudwatch_metric_alarm.late", "late")


class Planner(Terraform):
    """Terraform whose plans end as the test says; what it was asked for is kept."""

    def plans(self, *plans: tuple[str, Mapping[str, Any]]) -> None:
        self.__dict__.update(script=list(plans), asked=[], applied=0, beside=[])

    def try_plan(self, out: Path, *, targets: Sequence[str]) -> str:
        blocks = json.loads((self.dir / IMPORTS).read_text())["import"]
        assert [each["to"] for each in blocks] == list(targets)
        ignored = json.loads((self.dir / IGNORING).read_text())["resource"]["aws_sqs_queue"]["jobs"]["lifecycle"]
        assert ignored == {"ignore_changes": "all"}
        self.__dict__["asked"].append(set(targets))
        errors, self.__dict__["plan"] = self.__dict__["script"].pop(0)
        out.write_text("plan")
        return str(errors)

    def show_plan(self, path: Path) -> dict[str, Any]:
        return dict(self.__dict__["plan"])

    def apply(self, plan: Path, *, total: int = 0) -> None:
        assert plan.exists()
        self.__dict__["applied"] += 1


@dataclass
class Opened:
    """In place of a session: `known` are the addresses in the layer's state."""

    terraform: Planner
    known: tuple[str, ...] = ()

    def read_state(self, layer: Layer) -> dict[str, Any]:
        names = [address.split(".") for address in self.known]
        found = [{"mode": "managed", "type": kind, "name": name, "instances": [{}]} for kind, name in names]
        return {"resources": found}

    def opened(self, layer: Layer) -> Planner:
        return self.terraform


@pytest.fixture
def terraform(tmp_path: Path) -> Planner:
    return Planner(tmp_path / "work", {})


def imported(terraform: Planner, known: tuple[str, ...], wanted: Sequence[Import]) -> tuple[Import, ...]:
    terraform.dir.mkdir()
    path = terraform.dir.parent / "cdk.tf.json"
    path.write_text(json.dumps(CONFIG))
    session: Any = Opened(terraform, known)
    return import_together(session, Layer("one", path), wanted)


def changes(**actions: str) -> dict[str, Any]:
    """A plan that does with each resource (dots written as __) what is given."""
    found = [
        {"address": name.replace("__", "."), "change": {"actions": [each], "importing": {"id": "any"}}}
        for name, each in actions.items()
    ]
    return {"resource_changes": found}


NOTHING_ELSE = ("", changes(aws_sns_topic__alerts="no-op"))


def test_one_plan_imports_all_that_is_there(terraform: Planner) -> None:
    terraform.plans(NOTHING_ELSE)
    wanted = [*TOPICS, QUEUE, POLICY, ALARM]
    assert imported(terraform, (), wanted) == tuple(wanted)
    assert terraform.__dict__["applied"] == 1
    assert list(terraform.dir.iterdir()) == []


def test_what_reads_a_resource_that_nobody_has_is_left(terraform: Planner) -> None:
    """Its queue would be created by the same plan; through a data source counts too, and so does depends_on."""
    terraform.plans(NOTHING_ELSE)
    assert imported(terraform, ("aws_sns_topic.other",), [*TOPICS, POLICY, ALARM]) == (*TOPICS, ALARM)
    assert terraform.__dict__["asked"] == [{each.address for each in (*TOPICS, ALARM)}]


def test_what_the_state_knows_may_be_read(terraform: Planner) -> None:
    terraform.plans(NOTHING_ELSE)
    wanted = [*TOPICS, POLICY]
    assert imported(terraform, ("aws_sqs_queue.jobs",), wanted) == tuple(wanted)


@pytest.mark.parametrize(
    "errors",
    [
        'Error: Cannot import\n\nWhile attempting to import an existing object to\n"aws_sqs_queue.jobs", the',
        "Error: reading SQS Queue\n\n  with aws_sqs_queue.jobs,\n  on cdk.tf.json line 1",
        "│ Error: reading SQS Queue\n│ \n│   with aws_sqs_queue.jobs,\n│   on cdk.tf.json line 1",
    ],
)
def test_what_terraform_refuses_is_taken_out_with_what_reads_it(terraform: Planner, errors: str) -> None:
    terraform.plans((errors, {}), NOTHING_ELSE)
    assert imported(terraform, (), [*TOPICS, QUEUE, POLICY, ALARM]) == (*TOPICS, ALARM)
    assert terraform.__dict__["applied"] == 1


@pytest.mark.parametrize("action", ["update", "create", "delete"])
def test_a_plan_that_would_do_more_is_never_applied(terraform: Planner, action: str) -> None:
    terraform.plans(("", changes(aws_sqs_queue__jobs=action)), ("", changes(aws_sns_topic__other=action)))
    assert imported(terraform, (), [*TOPICS, QUEUE, ALARM]) == ()
    assert len(terraform.__dict__["asked"]) == 2
    assert terraform.__dict__["applied"] == 0


def test_an_error_that_names_nothing_leaves_all_to_be_imported_alone(terraform: Planner) -> None:
    terraform.plans(("Error: no", {}))
    assert imported(terraform, (), [*TOPICS, QUEUE]) == ()
    assert list(terraform.dir.iterdir()) == []


def test_a_few_are_not_worth_a_plan(terraform: Planner) -> None:
    terraform.plans()
    assert imported(terraform, (), TOPICS) == ()
