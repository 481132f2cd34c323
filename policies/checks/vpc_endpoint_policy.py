"""Without a policy, or with the default one, an endpoint carries data to any account's resources of its service."""

from __future__ import annotations

from policies.rule import Conf, Rule, listed, statements, to_everybody, value


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
    """A condition on the VPC that requests come from narrows nothing: it holds for all that pass the endpoint."""
    everywhere = "*" in listed(statement.get("Resource"))
    return everywhere and to_everybody(statement) and not _narrowed(statement)


def _narrowed(statement: Conf) -> bool:
    tests = [tests for tests in (statement.get("Condition") or {}).values() if isinstance(tests, dict)]
    keys = {str(key).lower() for each in tests for key in each}
    return bool(keys - {"aws:sourcevpc", "aws:sourcevpce", "aws:securetransport"})


check = VpcEndpointPolicy()
