"""Differences of two configurations: what moves, and which policies a plan could not show."""

from __future__ import annotations

import copy
from typing import Any

from tools.moves.compare import Moves, compare

PROVIDER = {"aws": [{"region": "us-east-1", "allowed_account_ids": ["111111111111"]}]}
LAYER: dict[str, Any] = {
    "provider": PROVIDER,
    "resource": {
        "aws_cloudwatch_log_group": {"app": {"name": "/app", "retention_in_days": 30}},
        "aws_kms_key": {"main": {"description": "x", "policy": "${data.aws_iam_policy_document.key.json}"}},
        "aws_iam_role": {"task": {"name": "task"}},
        "aws_iam_role_policy": {
            "by_name": {"role": "${aws_iam_role.task.name}", "policy": "${data.aws_iam_policy_document.by_name.json}"},
            "by_key": {"role": "${aws_iam_role.task.name}", "policy": "${data.aws_iam_policy_document.by_key.json}"},
        },
        "aws_sns_topic": {"alarms": {"name": "alarms", "kms_master_key_id": "${aws_kms_key.main.arn}"}},
    },
    "data": {
        "aws_iam_policy_document": {
            "key": {"statement": [{"actions": ["kms:*"]}]},
            "by_name": {"statement": [{"resources": ["arn:aws:logs:us-east-1:111111111111:log-group:/app:*"]}]},
            "by_key": {"statement": [{"resources": ["${aws_kms_key.main.arn}"]}]},
        }
    },
}


def moved(change: Any) -> Moves:
    after = copy.deepcopy(LAYER)
    change(after)
    return compare({"one": LAYER}, {"one": after})


def test_a_changed_argument_moves_one_resource_and_hides_nothing() -> None:
    found = moved(lambda layer: layer["resource"]["aws_cloudwatch_log_group"]["app"].update(retention_in_days=90))
    assert found.changed == {"one/aws_cloudwatch_log_group.app"}
    assert not found.made | found.gone | found.hidden | found.following
    assert not found.unread
    assert found.types == {"aws_cloudwatch_log_group"}


def test_a_policy_that_refers_to_what_changes_is_hidden_with_the_reason() -> None:
    found = moved(lambda layer: layer["resource"]["aws_kms_key"]["main"].update(description="y"))
    assert found.changed == {"one/aws_kms_key.main"}
    assert found.unread == {"one/data.aws_iam_policy_document.by_key": {"one/aws_kms_key.main"}}
    assert found.hidden == {"one/aws_iam_role_policy.by_key"}
    assert found.following == {"one/aws_sns_topic.alarms", "one/aws_iam_role_policy.by_key"}


def test_a_changed_document_moves_what_reads_it() -> None:
    def change(layer: dict[str, Any]) -> None:
        layer["data"]["aws_iam_policy_document"]["key"]["statement"][0]["actions"] = ["kms:Get*"]

    assert moved(change).changed == {"one/aws_kms_key.main"}


def test_a_name_moves_what_refers_to_it_by_value() -> None:
    found = moved(lambda layer: layer["resource"]["aws_iam_role"]["task"].update(name="other"))
    assert found.changed == {
        "one/aws_iam_role.task",
        "one/aws_iam_role_policy.by_key",
        "one/aws_iam_role_policy.by_name",
    }


def test_hidden_is_passed_on() -> None:
    def chain(layer: dict[str, Any]) -> None:
        layer["data"]["aws_iam_policy_document"]["later"] = {
            "statement": [{"resources": ["${aws_iam_role_policy.by_key.id}"]}]
        }
        layer["resource"]["aws_sqs_queue_policy"] = {"q": {"policy": "${data.aws_iam_policy_document.later.json}"}}

    before = copy.deepcopy(LAYER)
    chain(before)
    after = copy.deepcopy(before)
    after["resource"]["aws_kms_key"]["main"]["description"] = "y"
    found = compare({"one": before}, {"one": after})
    assert found.unread.keys() == {
        "one/data.aws_iam_policy_document.by_key",
        "one/data.aws_iam_policy_document.later",
    }
    assert "one/aws_sqs_queue_policy.q" in found.hidden


def test_what_comes_and_goes() -> None:
    def change(layer: dict[str, Any]) -> None:
        layer["resource"]["aws_sqs_queue"] = {"new": {"name": "q"}}
        del layer["resource"]["aws_sns_topic"]

    found = moved(change)
    assert found.made == {"one/aws_sqs_queue.new"}
    assert found.gone == {"one/aws_sns_topic.alarms"}
    assert not found.changed


def test_order_and_lifecycle_move_nothing_and_default_tags_everything() -> None:
    def ordered(layer: dict[str, Any]) -> None:
        layer["resource"]["aws_sns_topic"]["alarms"] |= {"depends_on": ["aws_iam_role.task"], "lifecycle": {}}

    assert moved(ordered).types == set()

    def tagged(layer: dict[str, Any]) -> None:
        layer["provider"]["aws"][0]["default_tags"] = [{"tags": {"Team": "web"}}]

    found = moved(tagged)
    assert len(found.changed) == 6
    assert found.unread.keys() == {"one/data.aws_iam_policy_document.by_key"}


def test_a_value_of_another_layer_moves_what_reads_it_and_hides_nothing() -> None:
    source = "cross-stack-reference-input-one"
    reading = {
        "provider": PROVIDER,
        "data": {
            "terraform_remote_state": {source: {"backend": "s3"}},
            "aws_iam_policy_document": {
                "d": {"statement": [{"resources": [f"${{data.terraform_remote_state.{source}.outputs.key}}"]}]}
            },
        },
        "resource": {
            "aws_sqs_queue": {"q": {"name": f"${{data.terraform_remote_state.{source}.outputs.group}}"}},
            "aws_sqs_queue_policy": {"p": {"policy": "${data.aws_iam_policy_document.d.json}"}},
        },
    }
    before = copy.deepcopy(LAYER) | {
        "output": {
            "key": {"value": "${aws_kms_key.main.arn}"},
            "group": {"value": "${aws_cloudwatch_log_group.app.name}"},
        }
    }
    after = copy.deepcopy(before)
    after["resource"]["aws_cloudwatch_log_group"]["app"]["name"] = "/other"
    after["resource"]["aws_kms_key"]["main"]["description"] = "y"
    found = compare({"one": before, "two": reading}, {"one": after, "two": reading})
    assert "two/aws_sqs_queue.q" in found.changed
    assert not {each for each in (*found.unread, *found.hidden) if each.startswith("two/")}
    assert "two/aws_sqs_queue_policy.p" in found.following
