"""An interface endpoint without a policy lets everything in the VPC reach any account's resources of that service."""

from policies.rule import Conf, Rule, value


class VpcEndpointPolicy(Rule):
    check_id = "CKV_SITECHAT_7"
    title = "A VPC endpoint must have a policy of its own"
    fix = "set policy to what the tasks need"
    resources = ("aws_vpc_endpoint",)
    attributes = ("policy",)

    def broken(self, conf: Conf) -> bool:
        return not value(conf, "policy")


check = VpcEndpointPolicy()
