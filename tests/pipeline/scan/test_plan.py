"""Scan of a plan: its values are judged, and an incomplete plan is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config import load
from pipeline.scan import Verdict, gate_plan
from pipeline.scan.plan_shape import plan_shape_problems
from policies.vouched.dictated import layer_providers

TODAY = date(2026, 1, 15)
TOPIC = "aws_sns_topic.alarms"


def plan(*resources: tuple[str, str, dict[str, Any]], unknown: dict[str, Any] | None = None) -> dict[str, Any]:
    """Relevant parts of `terraform show -json` for resources to be created."""
    found = [
        {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name, "values": values}
        for kind, name, values in resources
    ]
    changes = [
        {
            "address": each["address"],
            "mode": "managed",
            "type": each["type"],
            "name": each["name"],
            "change": {"actions": ["create"], "before": None, "after": each["values"], "after_unknown": unknown or {}},
        }
        for each in found
    ]
    configured = [{key: each[key] for key in ("address", "mode", "type", "name")} for each in found]
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": found}},
        "resource_changes": changes,
        "configuration": {
            "provider_config": {"aws": provider()},
            "root_module": {"resources": [each | {"expressions": {}} for each in configured]},
        },
        "complete": True,
        "applyable": True,
        "errored": False,
    }


def provider(**expressions: Any) -> dict[str, Any]:
    """The provider of a layer of dev, as plans hold it."""
    expected = layer_providers(load("dev"), "infrastructure")[""]
    tags = {"tags": {"constant_value": expected.pop("default_tags")[0]["tags"]}}
    constants = {key: {"constant_value": value} for key, value in expected.items()}
    return {
        "name": "aws",
        "full_name": "registry.terraform.io/hashicorp/aws",
        "version_constraint": "5.100.0",
        "expressions": constants | {"default_tags": [tags]} | expressions,
    }


def topic(**values: Any) -> dict[str, Any]:
    return plan(("aws_sns_topic", "alarms", values))


def judge(content: dict[str, Any], tmp_path: Path, waivers: str = "") -> Verdict:
    path = tmp_path / "waivers.toml"
    path.write_text(waivers)
    return gate_plan(content, "infrastructure", load("dev"), waivers=path, today=TODAY)


def test_a_faultless_plan_passes(tmp_path: Path) -> None:
    verdict = judge(topic(kms_master_key_id="alias/main"), tmp_path)
    assert verdict.passed
    assert verdict.resources_seen == 1
    assert verdict.sources == ("plan",)


def test_a_value_known_after_apply_is_not_missing(tmp_path: Path) -> None:
    content = plan(("aws_sns_topic", "alarms", {"name": "alarms"}), unknown={"kms_master_key_id": True})
    assert judge(content, tmp_path).passed


def test_a_fault_is_found_under_the_layers_address(tmp_path: Path) -> None:
    (finding,) = judge(topic(name="alarms"), tmp_path).findings
    assert (finding.check, finding.address, finding.source) == ("CKV_AWS_26", f"infrastructure/{TOPIC}", "plan")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("errored", True, "ended with an error"),
        ("complete", False, "not complete"),
        ("applyable", False, "can't be applied"),
    ],
)
@pytest.mark.parametrize("missing", [True, False])
def test_a_plan_that_is_not_whole(tmp_path: Path, key: str, value: bool, message: str, missing: bool) -> None:
    content = topic(kms_master_key_id="alias/main") | {key: value}
    if missing:
        del content[key]
    assert any(message in problem for problem in judge(content, tmp_path).problems)


def test_a_plan_without_changes_need_not_be_applyable(tmp_path: Path) -> None:
    content = topic(kms_master_key_id="alias/main") | {"applyable": False}
    content["resource_changes"][0]["change"]["actions"] = ["no-op"]
    assert judge(content, tmp_path).passed


def test_a_resource_that_is_configured_but_not_planned(tmp_path: Path) -> None:
    content = topic(kms_master_key_id="alias/main")
    content["configuration"]["root_module"]["resources"].append(
        {"address": "aws_kms_key.main", "mode": "managed", "type": "aws_kms_key", "name": "main", "expressions": {}}
    )
    assert any("aws_kms_key.main" in problem for problem in judge(content, tmp_path).problems)


def test_modules_are_refused(tmp_path: Path) -> None:
    content = topic(kms_master_key_id="alias/main")
    content["planned_values"]["root_module"]["child_modules"] = [{"address": "module.x", "resources": []}]
    assert any("modules" in problem for problem in judge(content, tmp_path).problems)


def test_something_that_is_no_plan(tmp_path: Path) -> None:
    verdict = judge({}, tmp_path)
    assert any("names no provider" in problem for problem in verdict.problems)


def test_a_layer_that_only_graph_checks_are_about_is_no_empty_scan(tmp_path: Path) -> None:
    verdict = judge(plan(("aws_route53_zone", "zone", {"name": "example.com"})), tmp_path)
    assert verdict.problems == ()
    assert verdict.resources_seen == 1


def test_what_plans_do_not_repeat_is_no_finding(tmp_path: Path) -> None:
    certificate = {"domain_name": "example.com", "validation_method": "DNS"}
    found = judge(plan(("aws_acm_certificate", "site", certificate)), tmp_path)
    assert (found.findings, found.problems) == ((), ())


def test_policies_and_containers_are_read(tmp_path: Path) -> None:
    star = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    containers = [{"name": "app", "privileged": True, "user": "1", "readonlyRootFilesystem": True}]
    content = plan(
        ("aws_iam_policy", "star", {"policy": json.dumps(star)}),
        ("aws_ecs_task_definition", "app", {"container_definitions": json.dumps(containers), "pid_mode": "host"}),
    )
    found = {finding.check for finding in judge(content, tmp_path).findings}
    assert found >= {"CKV_AWS_62", "CKV_AWS_63", "CKV_AWS_286", "CKV_SITECHAT_1", "CKV_SITECHAT_2"}


def test_a_waiver_for_plans(tmp_path: Path) -> None:
    entry = f"""[[waiver]]
check = "CKV_AWS_26"
address = "infrastructure/{TOPIC}"
environments = ["dev"]
reason = "this topic carries nothing but metrics"
owner = "platform"
expires = 2026-06-30
mode = "plan"
"""
    assert judge(topic(name="alarms"), tmp_path, entry).passed
    stale = judge(topic(kms_master_key_id="alias/main"), tmp_path, entry)
    assert any("no longer occurs" in problem for problem in stale.problems)


def test_a_waiver_for_the_synthesised_json_is_not_stale_in_a_plan(tmp_path: Path) -> None:
    entry = f"""[[waiver]]
check = "CKV_AWS_26"
address = "infrastructure/{TOPIC}"
environments = ["dev"]
reason = "this topic carries nothing but metrics"
owner = "platform"
expires = 2026-06-30
"""
    assert judge(topic(kms_master_key_id="alias/main"), tmp_path, entry).passed


def test_the_plan_leaves_no_copy_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    judge(topic(name="alarms"), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"waivers.toml"}


@pytest.mark.parametrize("unknown", [True, False])
def test_what_is_unknown_inside_blocks_is_not_missing(unknown: bool, tmp_path: Path) -> None:
    """Unknown values of a first plan, two blocks deep or in the second of two blocks, don't count as missing."""
    kind = "aws_s3_bucket_server_side_encryption_configuration"
    encryption = {"rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms"}]}]}
    key = {"rule": [{"apply_server_side_encryption_by_default": [{"kms_master_key_id": True}]}]}
    told = {"notification": [{"notification_type": each} for each in ("ACTUAL", "FORECASTED")]}
    topics = {"notification": [{"subscriber_sns_topic_arns": True}] * 2}
    for content, check in (
        (plan((kind, "it", encryption), unknown=key if unknown else None), "CKV_SITECHAT_48"),
        (plan(("aws_budgets_budget", "it", told), unknown=topics if unknown else None), "CKV_SITECHAT_6"),
    ):
        found = {each.check for each in judge(content, tmp_path).findings}
        assert (check in found) is not unknown


@pytest.mark.parametrize(
    ("provider_config", "told"),
    [
        ({"aws": provider(region={"constant_value": "eu-west-1"})}, "provider aws.region must be 'us-east-1'"),
        ({"aws": provider(region={"references": ["x"]})}, "provider aws.region must be 'us-east-1'"),
        ({"aws": provider(endpoints=[{"s3": {"constant_value": "x"}}])}, "provider aws.endpoints is not"),
        ({"aws": provider(assume_role=[{}])}, "provider aws.assume_role is not"),
        ({"aws": provider() | {"full_name": "evil.example.org/x/aws"}}, "is the only one"),
        ({"aws": provider(), "null": {"full_name": "registry.terraform.io/hashicorp/null"}}, "provider 'null' is none"),
        ({"aws": provider(), "aws.global": provider()}, "provider 'aws.global' is none"),
        ({}, "the plan names no provider"),
    ],
)
def test_providers_are_those_the_environment_dictates(
    provider_config: dict[str, Any], told: str, tmp_path: Path
) -> None:
    content = topic(kms_master_key_id="alias/main")
    content["configuration"]["provider_config"] = provider_config
    assert any(told in problem for problem in judge(content, tmp_path).problems)


@pytest.mark.parametrize("key", ["provisioners", "count_expression", "for_each_expression", "lifecycle"])
def test_what_counts_repeats_or_runs_code_is_refused(key: str, tmp_path: Path) -> None:
    content = topic(kms_master_key_id="alias/main")
    content["configuration"]["root_module"]["resources"][0][key] = [{"type": "local-exec"}]
    assert any(f"{TOPIC}: {key}" in problem for problem in judge(content, tmp_path).problems)


def test_another_provider_or_one_of_several_is_refused(tmp_path: Path) -> None:
    content = topic(kms_master_key_id="alias/main")
    content["resource_changes"][0] |= {"provider_name": "evil.example.org/x/aws", "index": 0}
    problems = judge(content, tmp_path).problems
    assert any("is the only one" in problem for problem in problems)
    assert any("one of several" in problem for problem in problems)


@pytest.mark.parametrize("value", [None, [], "x", 1, [None], {"root_module": []}, {"root_module": {"resources": [1]}}])
@pytest.mark.parametrize("key", sorted(topic()))
def test_a_plan_of_another_shape_crashes_nothing(key: str, value: Any, tmp_path: Path) -> None:
    assert not judge(topic(kms_master_key_id="alias/main") | {key: value}, tmp_path).passed or key in (
        "format_version",
        "terraform_version",
    )
    assert plan_shape_problems(value, "infrastructure", load("dev")) if not isinstance(value, dict) else True


def test_a_type_that_no_construct_uses_is_refused(tmp_path: Path) -> None:
    problems = judge(plan(("aws_instance", "evil", {"ami": "x"})), tmp_path).problems
    assert any("infrastructure/aws_instance.evil: unknown type" in problem for problem in problems)


def test_what_a_plan_only_takes_out_may_be_of_any_type(tmp_path: Path) -> None:
    content = topic(kms_master_key_id="alias/main")
    gone = {"address": "aws_instance.gone", "mode": "managed", "type": "aws_instance", "name": "gone"}
    content["resource_changes"].append(gone | {"change": {"actions": ["delete"], "before": {}, "after": None}})
    assert judge(content, tmp_path).passed


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("arn:aws:kms:us-east-1:999999999999:key/1", "it names account 999999999999"),
        ('{"Version": "2012-10-17", "Statement": [{"Effect": "allow", "Action": "*", "Resource": "*"}]}', "effect"),
        ('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Evil": 1}]}', "can't be read"),
    ],
)
def test_other_accounts_and_unreadable_policies_are_refused(value: str, told: str, tmp_path: Path) -> None:
    problems = judge(topic(kms_master_key_id="alias/main", policy=value), tmp_path).problems
    assert any(told in problem and f"{TOPIC}: policy" in problem for problem in problems)


def test_the_own_account_is_no_other(tmp_path: Path) -> None:
    assert judge(topic(kms_master_key_id="arn:aws:kms:us-east-1:111111111111:key/1"), tmp_path).passed


def test_what_is_changed_is_judged_like_what_is_planned(tmp_path: Path) -> None:
    content = topic(kms_master_key_id="alias/main")
    change = content["resource_changes"][0]["change"]
    change["after"] = {"kms_master_key_id": "arn:aws:kms:us-east-1:999999999999:key/1"}
    assert any("it names account 999999999999" in line for line in judge(content, tmp_path).problems)


def test_nothing_is_changed_that_is_not_planned(tmp_path: Path) -> None:
    content = topic(kms_master_key_id="alias/main")
    evil = {"address": "aws_iam_role_policy.evil", "mode": "managed", "type": "aws_iam_role_policy", "name": "evil"}
    change = {"actions": ["create"], "before": None, "after": {"policy": "*"}}
    content["resource_changes"].append(evil | {"change": change})
    assert any("aws_iam_role_policy.evil" in line for line in judge(content, tmp_path).problems)


@pytest.mark.parametrize(
    "break_it",
    [
        lambda plan: plan["configuration"].update(provider_config=None),
        lambda plan: plan["configuration"]["root_module"].update(resources=[{}]),
        lambda plan: plan["resource_changes"][0]["change"].update(after_unknown=5),
        lambda plan: plan["resource_changes"][0]["change"].update(before=True),
        lambda plan: plan["configuration"]["provider_config"]["aws"].update(name=["x"]),
        lambda plan: plan.update(format_version="2.0"),
    ],
)
def test_a_malformed_plan_is_refused_with_a_word(break_it: Callable[[dict[str, Any]], object], tmp_path: Path) -> None:
    content = topic(kms_master_key_id="alias/main")
    break_it(content)
    problems = judge(content, tmp_path).problems
    assert problems
    assert all(problem.startswith("infrastructure: the plan") for problem in problems)


def test_a_token_in_what_is_configured_is_refused_without_being_shown(tmp_path: Path) -> None:
    token = "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"
    content = topic(kms_master_key_id="alias/main", tags={"x": token})
    content["configuration"]["root_module"]["resources"][0]["expressions"] = {"tags": {}}
    problems = judge(content, tmp_path).problems
    assert any("aws_sns_topic.alarms" in problem and "tags" in problem for problem in problems)
    assert token not in "".join(problems)
