"""Cases of the rules about web ACLs."""

from __future__ import annotations

from tests.policies.cases.rule_cases import Body, RuleCases

VISIBLE = {"cloudwatch_metrics_enabled": True, "sampled_requests_enabled": True, "metric_name": "all"}


def overridden(group: str, rule: str, action: str) -> Body:
    override = {"name": rule, "action_to_use": {action: {}}}
    statement = {"vendor_name": "AWS", "name": group, "rule_action_override": [override]}
    return {"rule": [{"statement": {"managed_rule_group_statement": statement}}]}


def rated(limit: int) -> Body:
    return {"rule": [{"statement": {"rate_based_statement": {"limit": limit, "aggregate_key_type": "IP"}}}]}


SIZE = {"size_constraint_statement": {"size": 16_384, "comparison_operator": "GT"}}

CASES = (
    RuleCases(
        rule="waf_visibility",
        resource_type="aws_wafv2_web_acl",
        compliant={
            "ACL only": {"visibility_config": VISIBLE},
            "ACL and rule": {"visibility_config": VISIBLE, "rule": [{"visibility_config": VISIBLE}]},
        },
        non_compliant={
            "no settings": {},
            "no sampled requests": {"visibility_config": VISIBLE | {"sampled_requests_enabled": False}},
            "rule without metrics": {
                "visibility_config": VISIBLE,
                "rule": [{"visibility_config": {"cloudwatch_metrics_enabled": False}}],
            },
        },
    ),
    RuleCases(
        rule="waf_rule_acts",
        resource_type="aws_wafv2_web_acl",
        compliant={
            "no rules": {},
            "block, and group as it is": {"rule": [{"action": {"block": {}}}, {"override_action": {"none": {}}}]},
        },
        non_compliant={
            "count": {"rule": [{"action": {"count": {}}}]},
            "count as plans hold it": {"rule": [{"action": [{"block": [], "captcha": [], "count": [{}]}]}]},
            "group that counts": {"rule": [{"override_action": {"count": {}}}]},
            "no action": {"rule": [{}]},
        },
    ),
    RuleCases(
        rule="waf_rate_limit",
        resource_type="aws_wafv2_web_acl",
        compliant={
            "limit of 1000": rated(1000),
        },
        non_compliant={
            "limit above the most": rated(2_000_000_000),
            "no rule": {},
        },
    ),
    RuleCases(
        rule="waf_body_limit",
        resource_type="aws_wafv2_web_acl",
        compliant={
            "body size": {"rule": [{"statement": SIZE}]},
            "and statement": {"rule": [{"statement": {"and_statement": {"statement": [{}, SIZE]}}}]},
            "or statement": {
                "rule": [{"statement": {"or_statement": {"statement": [{"and_statement": {"statement": [SIZE]}}]}}}]
            },
        },
        non_compliant={
            "no rule": {},
            "another statement": rated(1000),
            "not statement": {"rule": [{"statement": {"not_statement": {"statement": [SIZE]}}}]},
        },
    ),
    RuleCases(
        rule="waf_managed_actions",
        resource_type="aws_wafv2_web_acl",
        compliant={
            "no rules": {},
            "body rule counts": overridden("AWSManagedRulesCommonRuleSet", "GenericLFI_BODY", "count"),
            "rule challenges": overridden("AWSManagedRulesCommonRuleSet", "NoUserAgent_HEADER", "captcha"),
            "anonymous addresses count": overridden("AWSManagedRulesAnonymousIpList", "AnonymousIPList", "count"),
        },
        non_compliant={
            "rule counts": overridden("AWSManagedRulesCommonRuleSet", "NoUserAgent_HEADER", "count"),
            "reputation list counts": overridden(
                "AWSManagedRulesAmazonIpReputationList", "AWSManagedIPReputationList", "count"
            ),
            "body rule allows": overridden("AWSManagedRulesCommonRuleSet", "GenericLFI_BODY", "allow"),
            "anonymous addresses allowed": overridden("AWSManagedRulesAnonymousIpList", "AnonymousIPList", "allow"),
        },
    ),
)
