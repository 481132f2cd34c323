"""Listeners of an internal ALB: with TLS, or in clear and then only for viewers who came over HTTPS."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.lb_listener import LbListener, LbListenerDefaultAction, LbListenerDefaultActionRedirect
from cdktf_cdktf_provider_aws.lb_listener_rule import (
    LbListenerRule,
    LbListenerRuleAction,
    LbListenerRuleCondition,
    LbListenerRuleConditionHttpHeader,
)
from constructs import Construct

from constructs_lib.edge.policies import FORWARDED_PROTOCOL

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"


def https_listener(
    scope: Construct, load_balancer_arn: str, target_group_arn: str, certificate_arn: str
) -> tuple[LbListener]:
    """HTTPS on port 443, for everybody."""
    listener = LbListener(
        scope,
        "https",
        load_balancer_arn=load_balancer_arn,
        port=443,
        protocol="HTTPS",
        ssl_policy=TLS_POLICY,
        certificate_arn=certificate_arn,
        default_action=[LbListenerDefaultAction(type="forward", target_group_arn=target_group_arn)],
    )
    return (listener,)


def http_listener(scope: Construct, load_balancer_arn: str, target_group_arn: str) -> tuple[LbListener, LbListenerRule]:
    """HTTP on port 80: forwards what CloudFront says a viewer asked for over HTTPS, and redirects the rest.

    The header is no secret. It keeps viewers from HTTP whatever CloudFront would let them do; the security group
    decides who else may connect.
    """
    https = LbListenerDefaultActionRedirect(protocol="HTTPS", port="443", status_code="HTTP_301")
    listener = LbListener(
        scope,
        "http",
        load_balancer_arn=load_balancer_arn,
        port=80,
        protocol="HTTP",
        default_action=[LbListenerDefaultAction(type="redirect", redirect=https)],
    )
    header = LbListenerRuleConditionHttpHeader(http_header_name=FORWARDED_PROTOCOL, values=["https"])
    rule = LbListenerRule(
        scope,
        "viewer_https",
        listener_arn=listener.arn,
        priority=1,
        condition=[LbListenerRuleCondition(http_header=header)],
        action=[LbListenerRuleAction(type="forward", target_group_arn=target_group_arn)],
    )
    return listener, rule
