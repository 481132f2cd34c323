"""One request at one behaviour, with what that behaviour refers to."""

from __future__ import annotations

from dataclasses import dataclass

from local_aws.traffic.edge.deployed import Deployed
from local_aws.traffic.edge.distributions import Behaviour, Distribution
from local_aws.traffic.edge.functions.chosen import Target
from local_aws.traffic.edge.gaps import GapError
from local_aws.traffic.edge.policies import NOTHING_MORE, CachePolicy, OriginRequestPolicy
from local_aws.traffic.edge.viewer import behaviour_of
from local_aws.traffic.hops import Ask


@dataclass(frozen=True)
class Visit:
    """A request, its id, and what decides about it; `target` is the behaviour's, unless a function chose another."""

    ask: Ask
    id: str
    world: Deployed
    distribution: Distribution
    behaviour: Behaviour
    cache: CachePolicy
    more: OriginRequestPolicy
    target: Target


def visit(ask: Ask, request_id: str, world: Deployed, distribution: Distribution) -> Visit:
    """A request at the first behaviour that fits.

    Raises:
        GapError: a setting that nothing here acts on, or a policy that is gone, which CloudFront doesn't let happen.
    """
    behaviour = behaviour_of(distribution, ask.path)
    cache = world.cache_policies.get(behaviour.cache_policy_id)
    more_id = behaviour.origin_request_policy_id
    more = world.origin_request_policies.get(more_id) if more_id else NOTHING_MORE
    if cache is None or more is None:
        raise GapError(f"{behaviour.name} of {distribution.name}: one of its policies doesn't exist")
    did = f"{behaviour.name}: to {behaviour.target}, cache policy {cache.name}, origin request policy {more.name}"
    ask.road.step("cloudfront", distribution.name, did)
    target = Target(distribution, behaviour.target)
    return Visit(ask, request_id, world, distribution, behaviour, cache, more, target)
