"""FSBP S3.5: buckets must refuse plain HTTP; checkov has no rule for it."""

from __future__ import annotations

from policies.rule import Conf, Rule, statements, unread, value
from terraform_json.blocks import listed


class S3TlsOnly(Rule):
    check_id = "CKV_SITECHAT_14"
    title = "A bucket policy must refuse requests without TLS"
    fix = 'deny "s3:*" to everybody where aws:SecureTransport is false'
    resources = ("aws_s3_bucket_policy",)
    attributes = tuple(f"policy/Statement/{part}" for part in ("Effect", "Action", "Condition"))

    def broken(self, conf: Conf) -> bool:
        policy = value(conf, "policy")
        return not unread(policy) and not any(_refuses_http(each) for each in statements(policy))


def _refuses_http(statement: Conf) -> bool:
    condition = (statement.get("Condition") or {}).get("Bool") or {}
    insecure = {str(item).lower() for item in listed(condition.get("aws:SecureTransport"))} == {"false"}
    return statement.get("Effect") == "Deny" and insecure and "s3:*" in listed(statement.get("Action"))


check = S3TlsOnly()
