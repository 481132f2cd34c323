"""Functions inside the VPC: the few that reach the search domain or try new tasks, and none of them the internet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from policies.vouched.resolving import Outputs
from terraform_json.blocks import Body, Config, body_at, listed, nested_block, resources

if TYPE_CHECKING:
    from config import Environment

# Handlers of functions that constructs put into the VPC; whatever fetches pages of others stays outside of it.
INSIDE = frozenset({"bootstrap_lambda.handler.handle", "hook_lambda.inner.handle", "ingestion.functions.load.handle"})
_GROUP = "aws_security_group"
_EGRESS = "aws_vpc_security_group_egress_rule"
_PREFIX_LIST = "data.aws_ec2_managed_prefix_list"


def unvouched_functions(layers: Mapping[str, Config], env: Environment) -> Iterator[str]:
    """A line for each function that may reach the internet from inside the VPC."""
    outputs = Outputs(layers)
    groups: dict[str, str] = {}
    for layer, config in layers.items():
        for resource in resources(config):
            if resource.type == "aws_lambda_function" and (placed := nested_block(resource.body.get("vpc_config"))):
                address = f"{layer}/{resource.address}"
                if resource.body.get("handler") not in INSIDE:
                    yield f"{address}: vpc_config: only {', '.join(sorted(INSIDE))} run inside the VPC; remove it"
                for group in listed(placed.get("security_group_ids")):
                    owner = outputs.owner(layer, group, "id") if isinstance(group, str) else ""
                    if owner.startswith(f"{layer}/{_GROUP}."):
                        groups[owner] = address
                    else:
                        yield f"{address}: vpc_config: security_group_ids: no group of its own layer; give it one"
    for layer, config in layers.items():
        for resource in resources(config):
            if resource.type == _EGRESS:
                function = groups.get(outputs.owner(layer, str(resource.body.get("security_group_id")), "id"))
                if function and not _stays_inside(layer, config, resource.body, outputs, env):
                    out = "out to more than a security group or S3; name one of those"
                    yield f"{layer}/{resource.address}: lets {function}, which is inside the VPC, {out}"


def _stays_inside(layer: str, config: Config, rule: Body, outputs: Outputs, env: Environment) -> bool:
    """Whether a rule leads to a security group that is built here, or to S3 by AWS's prefix list."""
    if rule.get("cidr_ipv4") or rule.get("cidr_ipv6"):
        return False
    if group := rule.get("referenced_security_group_id"):
        return f"/{_GROUP}." in outputs.owner(layer, str(group), "id")
    found = outputs.address(layer, str(rule.get("prefix_list_id")), "id")
    name = body_at(config, found).get("name") if found.startswith(f"{_PREFIX_LIST}.") else None
    return name == f"com.amazonaws.{env.region}.s3"
