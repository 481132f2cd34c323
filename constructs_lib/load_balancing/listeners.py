"""Listeners of an internal ALB: with TLS, or in clear and then only for viewers who came over HTTPS."""

from __future__ import annotations

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lb_listener import (
    LbListener,
    LbListenerDefaultAction,
    LbListenerDefaultActionFixedResponse,
    LbListenerDefaultActionRedirect,
)
from cdktf_cdktf_provider_aws.lb_listener_rule import (
    LbListenerRule,
    LbListenerRuleAction,
    LbListenerRuleCondition,
    LbListenerRuleConditionHttpHeader,
    LbListenerRuleConditionPathPattern,
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


def ruled_listener(
    scope: Construct,
    load_balancer_arn: str,
    target_group_arn: str,
    certificate_arn: str,
    *,
    id_: str = "https",
    port: int = 443,
) -> tuple[LbListener, LbListenerRule]:
    """HTTPS, for everybody, with the forward in a rule that catches all: ECS shifts rules, not listeners.

    Where the rule forwards is Terraform's at creation only. What no rule catches is answered 503, not sent to a group
    that may have no task any more.
    """
    listener = LbListener(
        scope,
        id_,
        load_balancer_arn=load_balancer_arn,
        port=port,
        protocol="HTTPS",
        ssl_policy=TLS_POLICY,
        certificate_arn=certificate_arn,
        default_action=[
            LbListenerDefaultAction(
                type="fixed-response",
                fixed_response=LbListenerDefaultActionFixedResponse(content_type="text/plain", status_code="503"),
            )
        ],
    )
    every_path = LbListenerRuleConditionPathPattern(values=["*"])
    rule = LbListenerRule(
        scope,
        f"{id_}_all",
        listener_arn=listener.arn,
        priority=1,
        condition=[LbListenerRuleCondition(path_pattern=every_path)],
        action=[LbListenerRuleAction(type="forward", target_group_arn=target_group_arn)],
        # ECS writes both groups and their weights, of which Terraform can't leave out the weights alone
        # (terraform-provider-aws#43905): an apply would send visitors to tasks that are gone.
        lifecycle=TerraformResourceLifecycle(ignore_changes=["action"]),
    )
    return listener, rule


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
