"""Drift by kind: which differences count, and which don't."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.commands import drift as command
from pipeline.drift.compare import Drift, DriftKind, drifted_attributes, find_drift
from pipeline.drift.runtime_owned import RUNTIME_OWNED, runtime_owner
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import Session
from pipeline.synth import layers
from pipeline.synth.layers import Layer, Synthesis
from pipeline.terraform import command as terraform
from pipeline.work import Work
from tests.pipeline import samples
from tests.support import environments
from tests.support.environments import NAMES
from tests.support.shared import environment

SERVICE = {"name": "web", "desired_count": 0, "lifecycle": {"ignore_changes": ["desired_count"]}}


@pytest.fixture
def layer(tmp_path: Path) -> Layer:
    """A layer with an ECS service whose desired count is ignored, a topic, a role and two policies."""
    blocks = {
        "aws_budgets_budget_action": {"stop": {"budget_name": "monthly"}},
        "aws_ecs_service": {"web": SERVICE},
        "aws_iam_policy": {"denial": {"name": "web-model-stop"}, "other": {"name": "web-other"}},
        "aws_iam_role": {"task": {"name": "task"}},
        "aws_sns_topic": {"alerts": {"name": "alerts"}},
    }
    samples.write(tmp_path, {"first": ({"resource": blocks}, [])})
    return layers.read_synthesis(tmp_path, "dev").layer("first")


def plan(
    kind: str, name: str, before: Mapping[str, Any], after: Mapping[str, Any] | None, **more: Any
) -> dict[str, Any]:
    """A plan in which one resource has drifted from its state and would be set back."""
    drifted = {"actions": ["delete" if after is None else "update"], "before": before, "after": after, **more}
    back = {**drifted, "before": after, "after": before}
    resource = {"address": f"{kind}.{name}", "type": kind, "name": name}
    return {"resource_drift": [resource | {"change": drifted}], "resource_changes": [resource | {"change": back}]}


def one(
    layer: Layer, *arguments: Any, set_back: bool = True, **more: Any
) -> tuple[str, str | None, str | None, DriftKind]:
    made = plan(*arguments, **more)
    (difference,) = drifted_attributes(made if set_back else made | {"resource_changes": []}, layer)
    return difference.attribute, difference.was, difference.found, difference.kind


def test_a_configured_attribute_that_differs_is_drift(layer: Layer) -> None:
    assert one(layer, "aws_sns_topic", "alerts", {"name": "alerts"}, {"name": "other"}) == (
        "name",
        "alerts",
        "other",
        DriftKind.DRIFT,
    )


def test_a_resource_that_is_gone_is_drift(layer: Layer) -> None:
    assert one(layer, "aws_sns_topic", "alerts", {"name": "alerts"}, None) == ("", "exists", "deleted", DriftKind.DRIFT)


def test_the_number_of_tasks_is_autoscalings(layer: Layer) -> None:
    found_ = one(layer, "aws_ecs_service", "web", {"desired_count": 1}, {"desired_count": 3}, set_back=False)
    assert found_ == ("desired_count", "1", "3", DriftKind.RUNTIME)


def test_an_attribute_that_no_configuration_sets_is_told_apart(layer: Layer) -> None:
    found_ = one(layer, "aws_sns_topic", "alerts", {"policy": "a"}, {"policy": "b"}, set_back=False)
    assert found_[3] is DriftKind.UNSET


@pytest.mark.parametrize(("policy", "kind"), [("web-model-stop", DriftKind.RUNTIME), ("admin", DriftKind.UNSET)])
def test_the_policy_that_stops_the_model_is_the_kill_switchs_and_no_other(
    layer: Layer, policy: str, kind: DriftKind
) -> None:
    before, after = ["arn:aws:iam::111111111111:policy/kept"], f"arn:aws:iam::111111111111:policy/{policy}"
    for was, found in ((before, [after, *before]), ([after, *before], before)):
        sides = ({"managed_policy_arns": was}, {"managed_policy_arns": found})
        assert one(layer, "aws_iam_role", "task", *sides, set_back=False)[3] is kind


@pytest.mark.parametrize(("name", "kind"), [("denial", DriftKind.RUNTIME), ("other", DriftKind.UNSET)])
def test_where_the_policy_that_stops_the_model_is_attached_is_the_kill_switchs(
    layer: Layer, name: str, kind: DriftKind
) -> None:
    sides = ({"attachment_count": 0}, {"attachment_count": 2})
    assert one(layer, "aws_iam_policy", name, *sides, set_back=False)[3] is kind


def test_whether_a_budgets_action_ran_is_the_kill_switchs(layer: Layer) -> None:
    sides = ({"status": "STANDBY"}, {"status": "EXECUTION_SUCCESS"})
    assert one(layer, "aws_budgets_budget_action", "stop", *sides, set_back=False)[3] is DriftKind.RUNTIME


def test_a_value_that_only_reads_differently_is_none(layer: Layer) -> None:
    made = plan("aws_sns_topic", "alerts", {"name": "tcp"}, {"name": "6"})
    assert list(drifted_attributes(made | {"resource_changes": []}, layer)) == []


def test_a_change_that_was_never_deployed_is_none(layer: Layer) -> None:
    made = plan("aws_sns_topic", "alerts", {"name": "new"}, {"name": "alerts"})
    assert list(drifted_attributes(made | {"resource_drift": []}, layer)) == []


def test_a_tag_is_drift_is_shown_once(layer: Layer) -> None:
    after = {"tags": {"Owner": "me"}, "tags_all": {"Owner": "me"}}
    assert one(layer, "aws_sns_topic", "alerts", {"tags": {}, "tags_all": {}}, after)[0::3] == (
        "tags.Owner",
        DriftKind.DRIFT,
    )


def test_a_sensitive_value_is_hidden(layer: Layer) -> None:
    mask = {"name": True}
    values = one(
        layer,
        "aws_sns_topic",
        "alerts",
        {"name": "secret-one"},
        {"name": "secret-two"},
        before_sensitive=mask,
        after_sensitive=mask,
    )
    assert not {"secret-one", "secret-two"} & set(map(str, values))


def test_what_terraform_would_set_back_has_no_owner() -> None:
    assert runtime_owner("aws_ecs_service", {"desired_count": 1}, "desired_count") == ""
    assert runtime_owner("aws_ecs_service", SERVICE, "desired_count") == "autoscaling"
    released = {"lifecycle": {"ignore_changes": ["task_definition"]}}
    assert runtime_owner("aws_ecs_service", released, "task_definition") == "releases"
    kept = {"threshold": 1, "lifecycle": {"ignore_changes": ["threshold"]}}
    assert (
        runtime_owner("aws_cloudwatch_metric_alarm", kept, "threshold") == "the function that reads the model's quota"
    )
    assert runtime_owner("aws_cloudwatch_metric_alarm", {"threshold": 1}, "threshold") == ""


@pytest.mark.parametrize("name", NAMES)
def test_whatever_terraform_ignores_has_an_owner(name: str) -> None:
    ignored = {
        (kind, attribute)
        for layer in environment(name).values()
        for kind, named in layer.config["resource"].items()
        for block in named.values()
        for attribute in block.get("lifecycle", {}).get("ignore_changes", ())
    }
    assert {("aws_ecs_service", "desired_count"), ("aws_ecs_service", "task_definition")} <= ignored
    assert {each for each in ignored if each[1] not in RUNTIME_OWNED.get(each[0], {})} == set()


def test_the_table_says_what_to_do_next(layer: Layer, capsys: pytest.CaptureFixture[str]) -> None:
    differences = tuple(
        drifted_attributes(plan("aws_sns_topic", "alerts", {"name": "alerts"}, {"name": "other"}), layer)
    )
    command._show(Drift(differences, ("first",), ("second",)), "dev")
    shown = capsys.readouterr().out
    assert "aws_sns_topic.alerts" in shown
    assert "Never applied: second" in shown
    assert "sitechat plan --env dev" in shown


@dataclass(frozen=True)
class Locked(Session):
    """A session whose every layer is locked; neither states nor Terraform may be asked for."""

    def read_lock(self, layer: Layer) -> dict[str, Any] | None:
        return {"ID": f"id-of-{layer.name}", "Who": "ann@desk"}

    def read_state(self, layer: Layer) -> dict[str, Any] | None:
        raise AssertionError(f"{layer.name} was read while somebody works on it")


def test_nothing_is_compared_while_somebody_else_works_on_it(
    pair: Synthesis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(terraform, "LOCK_SECONDS", 0)
    made = Locked(environments.varied("dev"), "dev", Work(tmp_path), {}, Path("terraform"))
    with pytest.raises(SitechatError, match="id-of-first") as caught:
        find_drift(made, pair)
    assert caught.value.code is ExitCode.LOCKED
    assert "id-of-second" in caught.value.hint, "all at once, and none after the other"
    assert "first: its state is locked by ann@desk; waiting for it" in capsys.readouterr().err
