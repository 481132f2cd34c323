"""Secrets that Terraform sets stand in its state in clear, readable by everybody who may plan."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value

# Arguments stored in state; write-only ones (`_wo`) aren't.
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
        # Access keys and login profiles: AWS generates the secret, and state holds it unless pgp_key encrypts it.
        made_here = "user" in conf and not value(conf, "pgp_key")
        sealed = value(conf, "type") == "SecureString" and value(conf, "value") is not None
        # Plans of an existing resource hold "" for arguments never set.
        return made_here or sealed or any(value(each, key) not in (None, "") for each in _levels(conf) for key in _KEPT)


def _levels(conf: Conf) -> list[Conf]:
    found = [conf]
    for key in _NESTED:
        found += [inner for outer in found for inner in nested_blocks(outer, key)]
    return found


check = SecretInState()
