"""The network of a function, as Lambda tells it."""

from __future__ import annotations

from functools import partial
from typing import Any

from local_aws.traffic.arns import arn
from local_aws.traffic.network import Source
from local_aws.traffic.world import World


async def sources_of(world: World, function_arn: str) -> list[Source]:
    """Where a function's packets may come from: an interface in each of its subnets; nowhere without a VPC."""
    told: Any = await world.ask(
        f"lambda {function_arn}",
        partial(world.client("lambda", arn(function_arn).region).get_function_configuration, FunctionName=function_arn),
    )
    network = told.get("VpcConfig") or {}
    groups = tuple(network.get("SecurityGroupIds") or ())
    name = f"function {told['FunctionName']}"
    return [Source("interface", subnet, groups=groups, name=name) for subnet in network.get("SubnetIds") or ()]
