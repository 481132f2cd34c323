"""Generated app of any number of resources, for the growth cases.

Ten common types in turn, spread over stacks of 125, each resource reading an attribute of an earlier one, since a
reference is what real resources have.
"""

from __future__ import annotations

from collections.abc import Callable

from cdktf import App, TerraformStack
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.cloudwatch_log_metric_filter import (
    CloudwatchLogMetricFilter,
    CloudwatchLogMetricFilterMetricTransformation,
)
from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import CloudwatchMetricAlarm
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from cdktf_cdktf_provider_aws.provider import AwsProvider
from cdktf_cdktf_provider_aws.secretsmanager_secret import SecretsmanagerSecret
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule

PER_STACK = 125


def makers(stack: TerraformStack, key: KmsKey) -> list[Callable[[str], object]]:
    """Functions that make one resource each, one for each type, to be called in turn with the id."""
    group = SecurityGroup(stack, "group", name="group")
    role = IamRole(stack, "role", assume_role_policy="{}")
    topic = SnsTopic(stack, "topic", kms_master_key_id=key.arn)
    logs = CloudwatchLogGroup(stack, "logs", kms_key_id=key.arn)
    transformation = CloudwatchLogMetricFilterMetricTransformation(name="errors", namespace="Chat", value="1")
    return [
        lambda id_: SecurityGroup(stack, id_, name=id_, description="generated"),
        lambda id_: VpcSecurityGroupIngressRule(
            stack, id_, security_group_id=group.id, ip_protocol="tcp", from_port=443, to_port=443
        ),
        lambda id_: IamRole(stack, id_, name=id_, assume_role_policy="{}"),
        lambda id_: IamRolePolicyAttachment(stack, id_, role=role.name, policy_arn="arn:aws:iam::aws:policy/x"),
        lambda id_: SnsTopic(stack, id_, name=id_, kms_master_key_id=key.arn),
        lambda id_: CloudwatchLogGroup(stack, id_, name=id_, retention_in_days=30, kms_key_id=key.arn),
        lambda id_: CloudwatchMetricAlarm(
            stack, id_, alarm_name=id_, comparison_operator="GreaterThanThreshold", evaluation_periods=1,
            threshold=1, alarm_actions=[topic.arn],
        ),
        lambda id_: CloudwatchLogMetricFilter(
            stack, id_, name=id_, pattern="ERROR", log_group_name=logs.name, metric_transformation=transformation
        ),
        lambda id_: SecretsmanagerSecret(stack, id_, name=id_, kms_key_id=key.arn),
        lambda id_: KmsKey(stack, id_, description=id_, enable_key_rotation=True),
    ]  # fmt: skip


def main(count: int, outdir: str) -> None:
    """Build the stacks and synthesise them."""
    app = App(outdir=outdir)
    for first in range(0, count, PER_STACK):
        stack = TerraformStack(app, f"stack{first // PER_STACK}")
        AwsProvider(stack, "aws", region="us-east-1")
        turn = makers(stack, KmsKey(stack, "key", enable_key_rotation=True))
        shared = len(stack.node.children) - 1
        for number in range(min(PER_STACK, count - first) - shared):
            turn[number % len(turn)](f"r{number}")
    app.synth()
