"""WAF for CloudFront: rate limit and managed rules that let people chat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cdktf_cdktf_provider_aws.wafv2_web_acl import (
    Wafv2WebAcl,
    Wafv2WebAclDefaultAction,
    Wafv2WebAclDefaultActionAllow,
    Wafv2WebAclRule,
    Wafv2WebAclRuleAction,
    Wafv2WebAclRuleActionBlock,
    Wafv2WebAclRuleOverrideAction,
    Wafv2WebAclRuleOverrideActionNone,
    Wafv2WebAclRuleVisibilityConfig,
    Wafv2WebAclVisibilityConfig,
)
from cdktf_cdktf_provider_aws.wafv2_web_acl_logging_configuration import (
    Wafv2WebAclLoggingConfiguration,
    Wafv2WebAclLoggingConfigurationRedactedFields,
    Wafv2WebAclLoggingConfigurationRedactedFieldsSingleHeader,
)
from constructs import Construct

CHAT_PREFIX = "/api/"
# CloudFront's default inspection size (WAF developer guide, body inspection): a longer body couldn't be looked at.
CHAT_BODY_LIMIT_BYTES = 16_384


@dataclass(frozen=True)
class ManagedRuleGroup:
    """A managed group of AWS and the namespace of its labels.

    Of its rules, those that read a body count everywhere; `optional_rules` block only where that is asked for.
    """

    name: str
    labels: str
    body_rules: tuple[str, ...] = ()
    optional_rules: tuple[str, ...] = ()

    @property
    def body_labels(self) -> tuple[str, ...]:
        """The label each body rule leaves: its name, with "Body" in small letters."""
        return tuple(f"awswaf:managed:aws:{self.labels}:{rule.replace('_BODY', '_Body')}" for rule in self.body_rules)


# People paste code, HTML, log lines and long texts into a chat, and ask about attacks. Rules that read a body count
# everywhere; the rule "body" blocks what they labelled outside the chat paths.
GROUPS = {
    "core": ManagedRuleGroup(
        "AWSManagedRulesCommonRuleSet",
        "core-rule-set",
        (
            "SizeRestrictions_BODY",
            "CrossSiteScripting_BODY",
            "GenericLFI_BODY",
            "GenericRFI_BODY",
            "EC2MetaDataSSRF_BODY",
        ),
    ),
    "known-bad-inputs": ManagedRuleGroup(
        "AWSManagedRulesKnownBadInputsRuleSet",
        "known-bad-inputs",
        ("JavaDeserializationRCE_BODY", "Log4JRCE_BODY", "ReactJSRCE_BODY"),
    ),
    "ip-reputation": ManagedRuleGroup("AWSManagedRulesAmazonIpReputationList", "amazon-ip-list"),
    # VPNs, proxies, Tor, and machines in data centres: also people who value their privacy.
    "anonymous": ManagedRuleGroup(
        "AWSManagedRulesAnonymousIpList",
        "anonymous-ip-list",
        optional_rules=("AnonymousIPList", "HostingProviderIPList"),
    ),
}


class WebAcl(Construct):
    """A web ACL of scope CLOUDFRONT (us-east-1) with its log.

    Rules in order: rate limit for each address over 300 s, AWS's managed groups, and one for bodies: too long a chat
    message, and outside the chat paths what those groups would have blocked. Managed groups use 975 of the 1,500
    capacity units included in the price (WAF pricing). `block_anonymous` shuts out addresses that hide who uses them,
    which are only counted otherwise.
    `log_group_arn` names a group that starts with `aws-waf-logs-`; authorization headers and cookies are redacted.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        rate_limit_per_5_minutes: int,
        log_group_arn: str,
        managed_rules: bool = True,
        block_anonymous: bool = False,
    ) -> None:
        super().__init__(scope, id_)
        self.acl = Wafv2WebAcl(
            self,
            "acl",
            name=name,
            scope="CLOUDFRONT",
            default_action=Wafv2WebAclDefaultAction(allow=Wafv2WebAclDefaultActionAllow()),
            rule=_rules(rate_limit_per_5_minutes, managed=managed_rules, strict=block_anonymous),
            visibility_config=Wafv2WebAclVisibilityConfig(
                cloudwatch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
            ),
        )
        Wafv2WebAclLoggingConfiguration(
            self,
            "logging",
            resource_arn=self.acl.arn,
            log_destination_configs=[log_group_arn],
            redacted_fields=[_redacted(header) for header in ("authorization", "cookie")],
        )
        self.arn: str = self.acl.arn
        self.name: str = self.acl.name


def _redacted(header: str) -> Wafv2WebAclLoggingConfigurationRedactedFields:
    return Wafv2WebAclLoggingConfigurationRedactedFields(
        single_header=Wafv2WebAclLoggingConfigurationRedactedFieldsSingleHeader(name=header)
    )


def _rules(rate_limit: int, *, managed: bool, strict: bool) -> list[Wafv2WebAclRule]:
    rate = {"rate_based_statement": {"limit": rate_limit, "aggregate_key_type": "IP", "evaluation_window_sec": 300}}
    too_long = _all_of(_path_starts(CHAT_PREFIX), _body_over(CHAT_BODY_LIMIT_BYTES))
    if not managed:
        return [_blocking("rate-limit", 0, rate), _blocking("body", 30, too_long)]
    labels = [_labelled(label) for group in GROUPS.values() for label in group.body_labels]
    outside_chat = {"not_statement": {"statement": [_path_starts(CHAT_PREFIX)]}}
    suspicious = _all_of(outside_chat, _any_of(*labels))
    return [
        _blocking("rate-limit", 0, rate),
        *(_managed(name, 10 + index, group, strict=strict) for index, (name, group) in enumerate(GROUPS.items())),
        # One rule for both, since a rule is charged whatever it holds; after the groups whose labels it reads.
        _blocking("body", 30, _any_of(too_long, suspicious)),
    ]


def _visibility(name: str) -> Wafv2WebAclRuleVisibilityConfig:
    return Wafv2WebAclRuleVisibilityConfig(
        cloudwatch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=True
    )


def _blocking(name: str, priority: int, statement: dict[str, Any]) -> Wafv2WebAclRule:
    return Wafv2WebAclRule(
        name=name,
        priority=priority,
        action=Wafv2WebAclRuleAction(block=Wafv2WebAclRuleActionBlock()),
        statement=statement,
        visibility_config=_visibility(name),
    )


def _managed(name: str, priority: int, group: ManagedRuleGroup, *, strict: bool) -> Wafv2WebAclRule:
    counted = (*group.body_rules, *(() if strict else group.optional_rules))
    overrides = [{"name": rule, "action_to_use": {"count": {}}} for rule in counted]
    statement = {"vendor_name": "AWS", "name": group.name} | ({"rule_action_override": overrides} if overrides else {})
    return Wafv2WebAclRule(
        name=name,
        priority=priority,
        override_action=Wafv2WebAclRuleOverrideAction(none=Wafv2WebAclRuleOverrideActionNone()),
        statement={"managed_rule_group_statement": statement},
        visibility_config=_visibility(name),
    )


def _all_of(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"and_statement": {"statement": list(statements)}}


def _any_of(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"or_statement": {"statement": list(statements)}}


def _labelled(label: str) -> dict[str, Any]:
    return {"label_match_statement": {"scope": "LABEL", "key": label}}


def _path_starts(prefix: str) -> dict[str, Any]:
    return {
        "byte_match_statement": {
            "search_string": prefix,
            "field_to_match": {"uri_path": {}},
            "positional_constraint": "STARTS_WITH",
            "text_transformation": [{"priority": 0, "type": "NORMALIZE_PATH"}],
        }
    }


def _body_over(limit_bytes: int) -> dict[str, Any]:
    return {
        "size_constraint_statement": {
            "field_to_match": {"body": {"oversize_handling": "MATCH"}},
            "comparison_operator": "GT",
            "size": limit_bytes,
            "text_transformation": [{"priority": 0, "type": "NONE"}],
        }
    }
