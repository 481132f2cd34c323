"""CKV_AWS_62, 63 and 107 to 111 know "*" and lists of risky actions; all of one service is as easily too much."""

from policies.rule import Conf, Rule, listed, names_callers, statements, value

_POLICIES = ("access_policies", "assume_role_policy", "policy", "policy_document")


class NamedActions(Rule):
    check_id = "CKV_SITECHAT_58"
    title = "An Allow must name its actions, not a whole service"
    fix = "list the actions; only an account's own root principal may have all of a key or endpoint"
    resources = (
        "aws_cloudwatch_log_resource_policy",
        "aws_ecr_repository_policy",
        "aws_iam_policy",
        "aws_iam_role",
        "aws_iam_role_policy",
        "aws_kms_key",
        "aws_opensearch_domain",
        "aws_s3_bucket_policy",
        "aws_secretsmanager_secret_policy",
        "aws_sns_topic_policy",
        "aws_sqs_queue_policy",
        "aws_vpc_endpoint",
    )
    attributes = tuple(f"{policy}/Statement/Action" for policy in _POLICIES)

    def broken(self, conf: Conf) -> bool:
        return any(_whole_service(each) for key in _POLICIES for each in statements(value(conf, key)))


def _whole_service(statement: Conf) -> bool:
    if statement.get("Effect") != "Allow" or _to_account(statement) or names_callers(statement):
        return False
    return any(str(action) == "*" or str(action).endswith(":*") for action in listed(statement.get("Action")))


def _to_account(statement: Conf) -> bool:
    """What goes to an account's root is shared out by that account's own IAM policies."""
    principal = statement.get("Principal")
    named = listed(principal.get("AWS")) if isinstance(principal, dict) and set(principal) == {"AWS"} else []
    return bool(named) and all(str(each).endswith(":root") for each in named)


check = NamedActions()
