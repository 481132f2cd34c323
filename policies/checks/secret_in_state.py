"""What Terraform sets, its state holds in clear, and everybody who may plan can read it."""

from __future__ import annotations

from policies.rule import Conf, Rule, blocks, value

# Arguments that end up in state; those ending in `_wo` don't.
_KEPT = {
    "secret_string",
    "secret_binary",
    "password",
    "master_password",
    "auth_token",
    "master_user_password",
}
_NESTED = ("advanced_security_options", "master_user_options")


class SecretInState(Rule):
    check_id = "CKV_SITECHAT_23"
    title = "Terraform must not set the value of a secret"
    fix = "leave the value out and set it with `sitechat secret set`, or use the write-only argument (`..._wo`)"
    resources = (
        "aws_db_instance",
        "aws_elasticache_replication_group",
        "aws_iam_access_key",
        "aws_iam_user_login_profile",
        "aws_opensearch_domain",
        "aws_rds_cluster",
        "aws_secretsmanager_secret_version",
        "aws_ssm_parameter",
    )
    attributes = ("secret_string", "secret_binary", "password", "value", "secret")

    def broken(self, conf: Conf) -> bool:
        # Keys and profiles: AWS makes the secret up and hands it to Terraform, unless it is sealed for somebody.
        made_here = "user" in conf and not value(conf, "pgp_key")
        sealed = value(conf, "type") == "SecureString" and value(conf, "value") is not None
        # The plan of what exists holds "" for what was never set.
        return made_here or sealed or any(value(each, key) not in (None, "") for each in _levels(conf) for key in _KEPT)


def _levels(conf: Conf) -> list[Conf]:
    found = [conf]
    for key in _NESTED:
        found += [inner for outer in found for inner in blocks(outer, key)]
    return found


check = SecretInState()
