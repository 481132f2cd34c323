"""Who is let in by which policy, under which conditions: the grants that constructs make. Nobody else gets in."""

from __future__ import annotations

from collections.abc import Mapping

# Operator and key of a condition.
Condition = tuple[str, str]

# Principals that are no service: this account, a role built here, and anybody at all.
ACCOUNT = "this account"
ROLE = "a role built here"
ANYONE = "anybody"

FROM_ACCOUNT: Condition = ("StringEquals", "aws:SourceAccount")
FROM_LIKE: Condition = ("ArnLike", "aws:SourceArn")
FROM: Condition = ("StringEquals", "aws:SourceArn")
_FROM_ARN: Condition = ("ArnEquals", "aws:SourceArn")
_OWNED: Condition = ("StringEquals", "s3:x-amz-acl")
_LOG_GROUP = "kms:EncryptionContext:aws:logs:arn"
_TOPIC: Condition = ("ArnLike", "kms:EncryptionContext:aws:sns:topicArn")
TLS: Condition = ("Bool", "aws:SecureTransport")
BY_ROLE: Condition = ("ArnEquals", "aws:PrincipalArn")
BY_ACCOUNT: Condition = ("StringEquals", "aws:PrincipalAccount")

# By type of the resource that holds the policy and by principal: every set of conditions that lets it in.
ALLOWED: Mapping[str, Mapping[str, tuple[frozenset[Condition], ...]]] = {
    "aws_cloudwatch_log_resource_policy": {
        "es": (frozenset({_FROM_ARN, FROM_ACCOUNT}),),
        "xray": (frozenset({FROM_LIKE, FROM_ACCOUNT}),),
    },
    "aws_iam_role": {
        "bedrock": (frozenset({FROM_LIKE, FROM_ACCOUNT}),),
        "budgets": (frozenset({FROM_LIKE, FROM_ACCOUNT}),),
        "cloudtrail": (frozenset(),),
        "codedeploy": (frozenset({FROM_LIKE, FROM_ACCOUNT}),),
        "ecs-tasks": (frozenset({FROM_LIKE, FROM_ACCOUNT}),),
        "events": (frozenset({FROM_ACCOUNT}),),
        "lambda": (frozenset({FROM_ACCOUNT}),),
        "scheduler": (frozenset({FROM_LIKE, FROM_ACCOUNT}),),
        "states": (frozenset({FROM_LIKE, FROM_ACCOUNT}),),
        "vpc-flow-logs": (frozenset({FROM_LIKE, FROM_ACCOUNT}),),
    },
    "aws_kms_key": {
        ACCOUNT: (frozenset(),),
        "budgets": (frozenset({FROM_ACCOUNT}),),
        "cloudfront": (frozenset({FROM_LIKE}),),
        "cloudtrail": (frozenset({_TOPIC}), frozenset({FROM})),
        "cloudwatch": (frozenset({FROM_ACCOUNT}),),
        "config": (frozenset({FROM_ACCOUNT}),),
        "delivery.logs": (frozenset({FROM_LIKE, FROM_ACCOUNT}),),
        "events": (frozenset({_TOPIC}),),
        "logs": (frozenset({("ArnEquals", _LOG_GROUP)}), frozenset({("ArnLike", _LOG_GROUP)})),
    },
    "aws_opensearch_domain": {ROLE: (frozenset(),)},
    "aws_s3_bucket_policy": {
        "cloudfront": (frozenset({FROM}),),
        "cloudtrail": (frozenset({FROM}), frozenset({FROM, _OWNED})),
        "config": (frozenset({FROM_ACCOUNT}), frozenset({FROM_ACCOUNT, _OWNED})),
        "delivery.logs": (frozenset({FROM_LIKE, FROM_ACCOUNT, _OWNED}),),
        "logdelivery.elasticloadbalancing": (frozenset({FROM_LIKE}),),
        "logging.s3": (frozenset({FROM_ACCOUNT}),),
    },
    "aws_sns_topic_policy": {
        "budgets": (frozenset({FROM_ACCOUNT}),),
        "cloudtrail": (frozenset({FROM}),),
        "cloudwatch": (frozenset({FROM_ACCOUNT}),),
        "events": (frozenset({FROM_LIKE}),),
    },
    "aws_sqs_queue_policy": {"events": (frozenset({FROM_LIKE}),)},
    "aws_vpc_endpoint": {ANYONE: (frozenset({BY_ROLE}), frozenset({TLS}), frozenset({BY_ACCOUNT}))},
}
# The same for what is denied: clear text, to anybody.
DENIED: Mapping[str, Mapping[str, tuple[frozenset[Condition], ...]]] = {
    "aws_s3_bucket_policy": {ANYONE: (frozenset({TLS}),)},
}
VIA_SERVICE: Condition = ("StringEquals", "kms:ViaService")
# CodeDeploy starts tasks in the roles of theirs; its value is looked at, too (access.py).
TO_TASKS: Condition = ("StringEquals", "iam:PassedToService")
# One policy alone is attached.
ONE_POLICY: Condition = ("ArnEquals", "iam:PolicyARN")
_S3_CONTEXT: Condition = ("StringEquals", "kms:EncryptionContext:aws:s3:arn")
_PROFILE: Condition = ("StringEquals", "bedrock:InferenceProfileArn")
_GUARDRAIL: Condition = ("StringLike", "bedrock:GuardrailIdentifier")
# In policies of roles: every set of conditions that narrows what is allowed, and where a denial ends.
NARROWED: tuple[frozenset[Condition], ...] = (
    frozenset(),
    frozenset({("ArnEquals", "kms:EncryptionContext:aws:scheduler:schedule:arn")}),
    frozenset({("Bool", "aws:ViaAWSService")}),
    frozenset({VIA_SERVICE}),
    frozenset({VIA_SERVICE, _S3_CONTEXT}),
    frozenset({_PROFILE}),
    frozenset({_GUARDRAIL}),
    frozenset({_PROFILE, _GUARDRAIL}),
    frozenset({("StringLike", "s3:prefix")}),
    frozenset({("ArnEquals", "ecs:service")}),
    frozenset({TO_TASKS}),
    frozenset({ONE_POLICY}),
)
SPARED: tuple[frozenset[Condition], ...] = (
    frozenset({("ArnEquals", "lambda:SourceFunctionArn")}),
    frozenset({("StringNotLike", "bedrock:GuardrailIdentifier")}),
)
# Service that takes on the role of a resource, by its type.
TAKES_ON: Mapping[str, str] = {
    "aws_bedrock_model_invocation_logging_configuration": "bedrock",
    "aws_budgets_budget_action": "budgets",
    "aws_cloudtrail": "cloudtrail",
    "aws_cloudwatch_event_target": "events",
    "aws_codedeploy_deployment_group": "codedeploy",
    "aws_ecs_task_definition": "ecs-tasks",
    "aws_flow_log": "vpc-flow-logs",
    "aws_lambda_function": "lambda",
    "aws_scheduler_schedule": "scheduler",
    "aws_sfn_state_machine": "states",
}
