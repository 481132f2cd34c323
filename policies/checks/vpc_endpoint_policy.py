"""Without a policy, or with the default one, an endpoint carries data to any account's resources of its service."""

from policies.rule import Conf, Rule, listed, open_to_anyone, statements, value


class VpcEndpointPolicy(Rule):
    check_id = "CKV_SITECHAT_7"
    title = "A VPC endpoint must have a policy that names its resources or callers"
    fix = "allow only the resources that the tasks need, or narrow the statement with a condition"
    resources = ("aws_vpc_endpoint",)
    attributes = ("policy",)

    def broken(self, conf: Conf) -> bool:
        policy = value(conf, "policy")
        return not policy or any(_everything(each) for each in statements(policy))


def _everything(statement: Conf) -> bool:
    return open_to_anyone(statement) and "*" in listed(statement.get("Resource"))


check = VpcEndpointPolicy()
