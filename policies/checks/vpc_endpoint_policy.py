"""VPC endpoints without a policy, or with the default one, reach any account's resources of their service."""

from __future__ import annotations

from policies.rule import Conf, Rule, statements, to_everybody, value
from terraform_json.blocks import listed


class VpcEndpointPolicy(Rule):
    check_id = "CKV_SITECHAT_7"
    title = "A VPC endpoint must have a policy that names its resources or callers"
    fix = "allow only the resources that the tasks need, or narrow the statement with a condition"
    resources = ("aws_vpc_endpoint",)
    attributes = ("policy", *(f"policy/Statement/{part}" for part in ("Principal", "Resource", "Condition")))

    def broken(self, conf: Conf) -> bool:
        policy = value(conf, "policy")
        return not policy or any(_everything(each) for each in statements(policy))


def _everything(statement: Conf) -> bool:
    """Whether a statement allows everybody every resource. A condition on the VPC is no limit: all requests meet it."""
    everywhere = "*" in listed(statement.get("Resource"))
    return everywhere and to_everybody(statement) and not _narrowed(statement)


def _narrowed(statement: Conf) -> bool:
    tests = [tests for tests in (statement.get("Condition") or {}).values() if isinstance(tests, dict)]
    keys = {str(key).lower() for each in tests for key in each}
    return bool(keys - {"aws:sourcevpc", "aws:sourcevpce", "aws:securetransport"})


check = VpcEndpointPolicy()
