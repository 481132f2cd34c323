"""What `sitechat doctor` asks the account beside states and the configured image: reads alone.

tests/pipeline/doctor/test_questions.py holds the actions to the calls in `pipeline/doctor`.
"""

from __future__ import annotations

from policies.rights.grant import Grant
from policies.rights.places import EnvironmentArns, scoped_grants
from policies.rights.state import StateAccess

# On the environment's resources, or of the account as a whole where AWS can't limit the action.
_ACCOUNT = (
    "access-analyzer:GetAnalyzer",
    "access-analyzer:ListAnalyzers",
    "acm:ListCertificates",
    "bedrock:GetModelInvocationLoggingConfiguration",
    "bedrock:ListGuardrails",
    "bedrock:ListInferenceProfiles",
    "budgets:ViewBudget",
    "cloudfront:ListCachePolicies",
    "cloudfront:ListDistributions",
    "cloudfront:ListOriginAccessControls",
    "cloudfront:ListOriginRequestPolicies",
    "cloudfront:ListResponseHeadersPolicies",
    "cloudfront:ListVpcOrigins",
    "cloudtrail:GetTrail",
    "cloudtrail:ListTrails",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetDashboard",
    "codedeploy:GetApplication",
    "codedeploy:GetDeploymentConfig",
    "config:DescribeConfigRules",
    "config:DescribeConfigurationRecorders",
    "config:DescribeDeliveryChannels",
    "dynamodb:DescribeTable",
    "ec2:DescribeAddresses",
    "ec2:DescribeAvailabilityZones",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcAttribute",
    "ec2:DescribeVpcEndpointServices",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcs",
    "ecr:DescribeImages",
    "ecr:DescribeRepositories",
    "ecr:GetRegistryScanningConfiguration",
    "ecs:DescribeClusters",
    "ecs:ListAccountSettings",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeTargetGroups",
    "es:DescribeDomain",
    "es:ListInstanceTypeDetails",
    "es:ListVersions",
    "events:ListRules",
    "guardduty:ListDetectors",
    "iam:GetAccountPasswordPolicy",
    "iam:GetAccountSummary",
    "iam:ListPolicies",
    "inspector2:BatchGetAccountStatus",
    "kms:ListAliases",
    "lambda:GetAccountSettings",
    "lambda:GetFunctionConfiguration",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetDeliveryDestination",
    "logs:GetDeliverySource",
    "route53:GetHostedZone",
    "route53:ListHostedZonesByName",
    "route53:ListResourceRecordSets",
    "s3:GetAccountPublicAccessBlock",
    "s3:ListBucket",
    "scheduler:GetSchedule",
    "secretsmanager:DescribeSecret",
    "securityhub:DescribeHub",
    "servicediscovery:ListNamespaces",
    "sns:GetTopicAttributes",
    "sns:ListSubscriptionsByTopic",
    "sqs:GetQueueUrl",
    "states:ListStateMachines",
    "wafv2:ListWebACLs",
    "xray:GetGroups",
    "xray:GetSamplingRules",
    "xray:GetTraceSegmentDestination",
)
# Actions that AWS limits to no resource, or of which the authorisation data or places.toml know none.
_ANYWHERE = (
    "bedrock:GetFoundationModelAvailability",
    "bedrock:GetUseCaseForModelAccess",
    "ce:ListCostAllocationTags",
    "ec2:DescribeVpcBlockPublicAccessExclusions",
    "ec2:DescribeVpcBlockPublicAccessOptions",
    "servicequotas:GetServiceQuota",
    "servicequotas:ListServiceQuotas",
)
_MODELS = ("bedrock:GetFoundationModel", "bedrock:GetInferenceProfile")
_STATE_BUCKET = (
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:ListBucket",
)
# The role that asks, whatever it is called, and the service-linked ones.
_ROLES = ("iam:GetRole", "iam:SimulatePrincipalPolicy")


def doctor(arns: EnvironmentArns, state: StateAccess) -> tuple[Grant, ...]:
    """Statements for the questions of `sitechat doctor`; those to plan, which read states, are needed as well."""
    table = state.place.arn("dynamodb", f"table/{state.table}")
    return (
        *scoped_grants(arns, _ACCOUNT, verb="Ask"),
        Grant("AskAnywhere", _ANYWHERE, ("*",)),
        Grant(
            "AskForModels",
            _MODELS,
            (arns.arn("bedrock:*::foundation-model/*"), arns.arn("bedrock:*:{account}:inference-profile/*")),
        ),
        Grant("AskForParameters", ("ssm:GetParameters",), (arns.arn("ssm:*::parameter/aws/service/*"),)),
        Grant("AskForStateBucket", _STATE_BUCKET, (state.place.bucket_arn(state.bucket),)),
        Grant("AskForLocks", ("dynamodb:DescribeTable", "dynamodb:Scan"), (table,)),
        Grant("AskForRoles", _ROLES, (arns.arn("iam::{account}:role/*"), arns.arn("iam::{account}:user/*"))),
    )
