"""New tasks of a release are tried over a listener for tests, before visitors reach them; checkov has no such rule."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks
from terraform_json.blocks import listed

PAIR = "target_group_pair_info"


class ReleaseTests(Rule):
    check_id = "CKV_SITECHAT_75"
    title = "CodeDeploy must have new tasks tried before visitors reach them"
    fix = f"name the listener for tests in load_balancer_info, {PAIR}, test_traffic_route"
    resources = ("aws_codedeploy_deployment_group",)
    attributes = (f"load_balancer_info/{PAIR}/test_traffic_route/listener_arns",)

    def broken(self, conf: Conf) -> bool:
        pairs = [pair for each in nested_blocks(conf, "load_balancer_info") for pair in nested_blocks(each, PAIR)]
        return not pairs or not all(_tried(each) for each in pairs)


def _tried(pair: Conf) -> bool:
    """Whether a listener for tests is named; checkov holds a list in a list of its own."""
    routes = nested_blocks(pair, "test_traffic_route")
    return any(arn for each in routes for one in listed(each.get("listener_arns")) for arn in listed(one))


check = ReleaseTests()
