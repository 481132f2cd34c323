"""CKV_AWS_169, 32 and 385 miss an open policy in synthesised JSON, and checkov has no such rule for OpenSearch."""

from __future__ import annotations

from policies.rule import Conf, Rule, open_to_anyone, statements, value

_POLICY_ATTRIBUTES = ("policy", "access_policies", "resource_policy")


class OpenResourcePolicy(Rule):
    check_id = "CKV_SITECHAT_3"
    title = "A resource policy must not allow everybody"
    fix = "name the principals, or narrow the statement with aws:SourceArn or aws:SourceAccount"
    resources = (
        "aws_ecr_registry_policy",
        "aws_ecr_repository_policy",
        "aws_kms_key",
        "aws_kms_key_policy",
        "aws_opensearch_domain",
        "aws_opensearch_domain_policy",
        "aws_s3_bucket_policy",
        "aws_secretsmanager_secret",
        "aws_secretsmanager_secret_policy",
        "aws_sns_topic",
        "aws_sns_topic_policy",
        "aws_sqs_queue",
        "aws_sqs_queue_policy",
    )
    attributes = tuple(f"{policy}/Statement/Principal" for policy in _POLICY_ATTRIBUTES)

    def broken(self, conf: Conf) -> bool:
        return any(open_to_anyone(each) for key in _POLICY_ATTRIBUTES for each in statements(value(conf, key)))


check = OpenResourcePolicy()
