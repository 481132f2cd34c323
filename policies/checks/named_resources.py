"""CKV_AWS_355 and 356 know some actions that can be scoped and pass the rest; here a `*` is for those that can't be."""

from policies.rule import Conf, Rule, listed, names_callers, statements, value

_POLICIES = ("access_policies", "policy", "policy_document")
# Actions, or their beginnings, that take no resource (service authorization reference).
_UNSCOPED = (
    "bedrock:List",
    "cloudwatch:PutMetricData",
    "ec2:Describe",
    "ecr:GetAuthorizationToken",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "ssmmessages:",
    "sts:GetCallerIdentity",
    "xray:",
)


class NamedResources(Rule):
    check_id = "CKV_SITECHAT_61"
    title = "An Allow must name its resources wherever AWS lets it"
    fix = "name the ARNs; an action that takes none belongs on the list of this rule"
    resources = (
        "aws_cloudwatch_log_resource_policy",
        "aws_iam_policy",
        "aws_iam_role_policy",
        "aws_opensearch_domain",
    )
    attributes = tuple(f"{policy}/Statement/{part}" for policy in _POLICIES for part in ("Effect", "Resource"))

    def broken(self, conf: Conf) -> bool:
        return any(_too_wide(each) for key in _POLICIES for each in statements(value(conf, key)))


def _too_wide(statement: Conf) -> bool:
    if statement.get("Effect") != "Allow" or "*" not in listed(statement.get("Resource")) or names_callers(statement):
        return False
    return any(not str(action).startswith(_UNSCOPED) for action in listed(statement.get("Action")))


check = NamedResources()
