"""A condition on the source says which service asks, not for whom; only the principal, or a condition on it, does."""

from policies.rule import Conf, Rule, names_callers, statements, to_everybody, value

_POLICIES = ("access_policies", "assume_role_policy", "policy", "policy_document")


class NamedPrincipals(Rule):
    check_id = "CKV_SITECHAT_57"
    title = "An Allow must name its principals"
    fix = "name accounts, roles or services instead of *, or add a condition on aws:PrincipalAccount"
    resources = (
        "aws_cloudwatch_log_resource_policy",
        "aws_ecr_repository_policy",
        "aws_iam_role",
        "aws_kms_key",
        "aws_opensearch_domain",
        "aws_s3_bucket_policy",
        "aws_secretsmanager_secret_policy",
        "aws_sns_topic_policy",
        "aws_sqs_queue_policy",
    )
    attributes = tuple(f"{policy}/Statement/Principal" for policy in _POLICIES)

    def broken(self, conf: Conf) -> bool:
        allowed = [each for key in _POLICIES for each in statements(value(conf, key))]
        return any(to_everybody(each) and not names_callers(each) for each in allowed)


check = NamedPrincipals()
