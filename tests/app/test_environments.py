"""Whole environments as synthesised: addresses, states, regions, protection, and no secrets or tokens."""

from __future__ import annotations

import json
import re

import pytest

from config import load
from tests.support.addresses import FOLDER, addresses
from tests.support.environments import NAMES
from tests.support.shared import environment, synthesis
from tests.support.template import Template

every_environment = pytest.mark.parametrize("name", NAMES)


@every_environment
def test_addresses_are_those_that_were_reviewed(name: str) -> None:
    checked_in = (FOLDER / f"{name}.txt").read_text()
    assert addresses(name) == checked_in, "resources were added, removed or renamed: `make addresses` and review"


@every_environment
def test_no_token_is_left_unresolved(name: str) -> None:
    for layer, template in environment(name).items():
        assert "tftoken" not in json.dumps(template.config).lower(), layer


@every_environment
def test_every_layer_has_its_own_locked_and_encrypted_state(name: str) -> None:
    backends = {layer: t.config["terraform"]["backend"]["s3"] for layer, t in environment(name).items()}
    assert len({backend["key"] for backend in backends.values()}) == len(backends)
    for layer, backend in backends.items():
        assert backend["encrypt"] is True, layer
        assert backend["kms_key_id"].endswith("alias/sitechat-state"), layer
        assert backend["dynamodb_table"] == "sitechat-state-lock", layer
        assert backend["use_lockfile"] is True, layer


@every_environment
def test_providers_refuse_other_accounts(name: str) -> None:
    for layer, template in environment(name).items():
        for provider in template.config["provider"]["aws"]:
            assert len(provider["allowed_account_ids"]) == 1, layer


@every_environment
def test_no_data_source_reads_what_another_layer_owns(name: str) -> None:
    allowed = {"aws_iam_policy_document", "aws_ec2_managed_prefix_list", "terraform_remote_state"}
    if load(name).search.domain == "existing":
        allowed.add("aws_opensearch_domain")
    for layer, template in environment(name).items():
        assert set(template.config.get("data", {})) <= allowed, layer


@every_environment
def test_no_secret_value_is_synthesised(name: str) -> None:
    for layer, template in environment(name).items():
        assert "aws_secretsmanager_secret_version" not in template.types(), layer
        text = json.dumps(template.config)
        assert not re.search(r"AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY", text), layer


def _nested_keys(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for inner in value.values() for key in _nested_keys(inner)}
    if isinstance(value, list):
        return {key for inner in value for key in _nested_keys(inner)}
    return set()


@every_environment
def test_multi_word_keys_inside_lists_survive(name: str) -> None:
    """cdktf drops multi-word keys of a dict inside a list; WAF statements are where dicts are unavoidable."""
    edge = environment(name)["edge"]
    keys = _nested_keys(edge.one("aws_wafv2_web_acl")["rule"])
    assert {"rate_based_statement", "evaluation_window_sec", "text_transformation", "rule_action_override"} <= keys


def _alarm_regions(template: Template) -> dict[str, set[str]]:
    regions: dict[str, set[str]] = {}
    for alarm in template.all("aws_cloudwatch_metric_alarm").values():
        metrics = [each["metric"] for each in alarm.get("metric_query", ()) if "metric" in each] or [alarm]
        for metric in metrics:
            regions.setdefault(metric["namespace"], set()).add(alarm.get("provider", "aws"))
    return regions


@every_environment
def test_alarms_live_where_their_metrics_are(name: str) -> None:
    monitoring = environment(name)["monitoring"]
    providers = {p.get("alias", "aws"): p["region"] for p in monitoring.config["provider"]["aws"]}
    for namespace, used in _alarm_regions(monitoring).items():
        if namespace in ("AWS/CloudFront", "AWS/WAFV2"):
            assert {providers[provider.removeprefix("aws.")] for provider in used} == {"us-east-1"}, namespace
        else:
            assert used == {"aws"}, namespace


@every_environment
def test_what_holds_data_is_protected_unless_the_environment_says_otherwise(name: str) -> None:
    stateful = ("aws_s3_bucket", "aws_kms_key", "aws_secretsmanager_secret", "aws_ecr_repository", "aws_route53_zone",
                "aws_opensearch_domain")  # fmt: skip
    for layer, template in environment(name).items():
        for type_ in stateful:
            for resource_name, resource in template.all(type_).items():
                protected = resource.get("lifecycle", {}).get("prevent_destroy", False)
                assert protected is (name != "local"), f"{layer} {type_}.{resource_name}"


@every_environment
def test_tasks_start_after_the_layer_that_lets_them_call_models(name: str) -> None:
    assert "llm" in synthesis(name).layer("service").dependencies
