from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from config.rules.contract import API_PREFIX
from constructs_lib.edge.waf import CHAT_PREFIX, WebAcl
from tests.support.synthesised import Resource, Template, template

COUNTING = {
    "core": (
        "AWSManagedRulesCommonRuleSet",
        {"SizeRestrictions_BODY", "CrossSiteScripting_BODY", "GenericLFI_BODY", "GenericRFI_BODY",
         "EC2MetaDataSSRF_BODY"},
    ),
    "known-bad-inputs": (
        "AWSManagedRulesKnownBadInputsRuleSet",
        {"JavaDeserializationRCE_BODY", "Log4JRCE_BODY", "ReactJSRCE_BODY"},
    ),
}  # fmt: skip
LABELS = {
    "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body",
    "awswaf:managed:aws:core-rule-set:CrossSiteScripting_Body",
    "awswaf:managed:aws:core-rule-set:GenericLFI_Body",
    "awswaf:managed:aws:core-rule-set:GenericRFI_Body",
    "awswaf:managed:aws:core-rule-set:EC2MetaDataSSRF_Body",
    "awswaf:managed:aws:known-bad-inputs:JavaDeserializationRCE_Body",
    "awswaf:managed:aws:known-bad-inputs:Log4JRCE_Body",
    "awswaf:managed:aws:known-bad-inputs:ReactJSRCE_Body",
}
CHAT_PATH = {
    "search_string": "/api/",
    "field_to_match": {"uri_path": {}},
    "positional_constraint": "STARTS_WITH",
    "text_transformation": [{"priority": 0, "type": "NORMALIZE_PATH"}],
}


@cache
def _acl(*, managed_rules: bool = True, block_anonymous: bool = False) -> Template:
    return template(
        lambda scope: WebAcl(
            scope,
            "firewall",
            name="edge",
            rate_limit_per_5_minutes=1000,
            log_group_arn="arn:of:aws-waf-logs-edge",
            managed_rules=managed_rules,
            block_anonymous=block_anonymous,
        )
    )


def _rules(**changes: bool) -> dict[str, Resource]:
    """Rules by name, in the order WAF evaluates them."""
    rules = sorted(_acl(**changes).one("aws_wafv2_web_acl")["rule"], key=lambda rule: rule["priority"])
    return {rule["name"]: rule for rule in rules}


def _statement(rule: str) -> Any:
    return _rules()[rule]["statement"]


def test_it_guards_cloudfront_and_lets_through_what_no_rule_blocks() -> None:
    acl = _acl().one("aws_wafv2_web_acl")
    assert (acl["name"], acl["scope"]) == ("edge", "CLOUDFRONT")
    assert acl["default_action"] == {"allow": {}}


def test_rules_in_their_order() -> None:
    assert list(_rules()) == [
        "rate-limit",
        "core",
        "known-bad-inputs",
        "ip-reputation",
        "anonymous",
        "body",
    ]


def test_no_two_rules_share_a_priority() -> None:
    priorities = [rule["priority"] for rule in _acl().one("aws_wafv2_web_acl")["rule"]]
    assert len(set(priorities)) == len(priorities)


@pytest.mark.parametrize("rule", ["rate-limit", "body"])
def test_own_rules_block(rule: str) -> None:
    assert _rules()[rule]["action"] == {"block": {}}
    assert "override_action" not in _rules()[rule]


@pytest.mark.parametrize("rule", ["core", "known-bad-inputs", "ip-reputation", "anonymous"])
def test_managed_groups_keep_their_own_actions(rule: str) -> None:
    assert _rules()[rule]["override_action"] == {"none": {}}
    assert "action" not in _rules()[rule]
    assert _statement(rule)["managed_rule_group_statement"]["vendor_name"] == "AWS"


def test_an_address_has_a_limit() -> None:
    assert _statement("rate-limit")["rate_based_statement"] == {
        "limit": 1000,
        "aggregate_key_type": "IP",
        "evaluation_window_sec": 300,
    }


@pytest.mark.parametrize("rule", COUNTING)
def test_chat_text_only_counts(rule: str) -> None:
    group, counting = COUNTING[rule]
    statement = _statement(rule)["managed_rule_group_statement"]
    assert statement["name"] == group
    assert {each["name"]: each["action_to_use"] for each in statement["rule_action_override"]} == {
        name: {"count": {}} for name in counting
    }


def test_addresses_are_judged_everywhere() -> None:
    assert _statement("ip-reputation")["managed_rule_group_statement"] == {
        "vendor_name": "AWS",
        "name": "AWSManagedRulesAmazonIpReputationList",
    }


@pytest.mark.parametrize("blocked", [False, True])
def test_addresses_that_hide_somebody_count_unless_they_are_to_be_shut_out(blocked: bool) -> None:
    statement = _rules(block_anonymous=blocked)["anonymous"]["statement"]["managed_rule_group_statement"]
    assert statement["name"] == "AWSManagedRulesAnonymousIpList"
    counting = {each["name"]: each["action_to_use"] for each in statement.get("rule_action_override", ())}
    both: dict[str, object] = {name: {"count": {}} for name in ("AnonymousIPList", "HostingProviderIPList")}
    assert counting == ({} if blocked else both)


def test_shutting_them_out_leaves_the_other_groups_as_they_are() -> None:
    assert {name for name, rule in _rules(block_anonymous=True).items() if rule != _rules()[name]} == {"anonymous"}


def test_the_chat_is_where_the_configuration_says() -> None:
    assert CHAT_PREFIX == API_PREFIX


def test_what_counted_is_blocked_outside_the_chat() -> None:
    _, suspicious = _statement("body")["or_statement"]["statement"]
    outside, labelled = suspicious["and_statement"]["statement"]
    assert outside == {"not_statement": {"statement": [{"byte_match_statement": CHAT_PATH}]}}
    labels = [each["label_match_statement"] for each in labelled["or_statement"]["statement"]]
    assert {each["scope"] for each in labels} == {"LABEL"}
    assert len(labels) == len(LABELS)
    assert {each["key"] for each in labels} == LABELS


def test_labels_are_read_after_they_are_set() -> None:
    rules = _rules()
    assert max(rules[rule]["priority"] for rule in COUNTING) < rules["body"]["priority"]


def test_a_chat_message_has_a_size_that_can_be_inspected() -> None:
    too_long, _ = _statement("body")["or_statement"]["statement"]
    path, body = too_long["and_statement"]["statement"]
    assert path == {"byte_match_statement": CHAT_PATH}
    assert body["size_constraint_statement"] == {
        "field_to_match": {"body": {"oversize_handling": "MATCH"}},
        "comparison_operator": "GT",
        "size": 16_384,
        "text_transformation": [{"priority": 0, "type": "NONE"}],
    }


def test_managed_groups_can_be_left_out() -> None:
    rules = _rules(managed_rules=False)
    assert list(rules) == ["rate-limit", "body"]
    too_long, _ = _statement("body")["or_statement"]["statement"]
    assert rules["body"]["statement"] == too_long


def test_each_rule_is_measured() -> None:
    for name, rule in _rules().items():
        assert rule["visibility_config"] == {
            "cloudwatch_metrics_enabled": True,
            "metric_name": name,
            "sampled_requests_enabled": True,
        }


def test_requests_are_logged_without_credentials() -> None:
    logging = _acl().one("aws_wafv2_web_acl_logging_configuration")
    assert logging["log_destination_configs"] == ["arn:of:aws-waf-logs-edge"]
    assert logging["resource_arn"].endswith(".arn}")
    assert logging["redacted_fields"] == [
        {"single_header": {"name": "authorization"}},
        {"single_header": {"name": "cookie"}},
    ]
