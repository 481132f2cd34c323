"""Listeners of an internal ALB: with TLS, or in clear and then only for viewers who came over HTTPS."""

from __future__ import annotations

from cdktf import TerraformResourceLifecycle
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


# Where a load balancer shows new tasks, before visitors reach them. CloudFront's own port is 443.
TEST_PORT = 8443


def https_listener(
    scope: Construct,
    load_balancer_arn: str,
    target_group_arn: str,
    certificate_arn: str,
    *,
    id_: str = "https",
    port: int = 443,
    shifted: bool = False,
) -> LbListener:
    """HTTPS, for everybody. The forward of one that is `shifted` is Terraform's at creation only."""
    return LbListener(
        scope,
        id_,
        load_balancer_arn=load_balancer_arn,
        port=port,
        protocol="HTTPS",
        ssl_policy=TLS_POLICY,
        certificate_arn=certificate_arn,
        default_action=[LbListenerDefaultAction(type="forward", target_group_arn=target_group_arn)],
        # CodeDeploy writes the groups and their weights; an apply would send visitors to tasks that are gone.
        lifecycle=TerraformResourceLifecycle(ignore_changes=["default_action"]) if shifted else None,
    )


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
