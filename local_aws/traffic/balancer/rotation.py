"""Which target group, and which of its targets, gets a request."""

from __future__ import annotations

from dataclasses import dataclass

from local_aws.traffic.balancer.conditions import UnknownError
from local_aws.traffic.balancer.deployed import Item, TargetGroup, group_arns
from local_aws.traffic.balancer.health import KnownGroup, KnownTarget

_ALGORITHMS = ("round_robin", "least_outstanding_requests")
_MINIMUM = "target_group_health.unhealthy_state_routing.minimum_healthy_targets"


@dataclass(frozen=True)
class Choice:
    """A chosen target, and what led to it."""

    known: KnownTarget
    decided: str


class Rotation:
    """Memory of whose turn it is."""

    def __init__(self) -> None:
        self._weights: dict[str, dict[str, int]] = {}
        self._turns: dict[str, int] = {}

    def group(self, rule: str, action: Item) -> str | None:
        """ARN of the target group whose turn it is by the weights, spread evenly; None where all weights are zero.

        `rule` is the ARN that the turns are remembered by.
        """
        weights = {arn: weight for arn, weight in group_arns(action) if weight > 0}
        if not weights:
            return None
        # The share of each group grows by its weight; whoever has most is next and pays the sum.
        shares = self._weights.setdefault(rule, {})
        for arn, weight in weights.items():
            shares[arn] = shares.get(arn, 0) + weight
        chosen = max(weights, key=lambda arn: shares[arn])
        shares[chosen] -= sum(weights.values())
        self._weights[rule] = {arn: shares[arn] for arn in weights}
        return chosen

    def target(self, known: KnownGroup) -> Choice | None:
        """The target whose turn it is; None where none may get a request. Raises UnknownError."""
        group = known.group
        algorithm = group.attributes.get("load_balancing.algorithm.type", "round_robin")
        if algorithm not in _ALGORITHMS:
            raise UnknownError(f"the algorithm {algorithm}")
        usable, state = _usable(known)
        if not usable:
            return None
        turn = self._turns.get(group.arn, 0)
        self._turns[group.arn] = turn + 1
        ordered = [usable[(turn + index) % len(usable)] for index in range(len(usable))]
        fewest = algorithm == "least_outstanding_requests"
        chosen = min(ordered, key=lambda each: len(each.running)) if fewest else ordered[0]
        return Choice(chosen, f"{algorithm} over {len(usable)} {state} of {len(known.all())} targets")


def ignored_settings(group: TargetGroup, action: Item) -> list[str]:
    """Settings that are deployed, and that the choice doesn't heed."""
    sticky_groups = action.get("ForwardConfig", {}).get("TargetGroupStickinessConfig", {}).get("Enabled")
    slow = group.attributes.get("slow_start.duration_seconds", "0") != "0"
    return [
        *(["stickiness between target groups"] if sticky_groups else []),
        *(["stickiness"] if group.attributes.get("stickiness.enabled") == "true" else []),
        *(["slow start"] if slow else []),
    ]


def _usable(known: KnownGroup) -> tuple[list[KnownTarget], str]:
    """Healthy targets, or, where those are too few, unhealthy ones as well: the load balancer fails open.

    Targets that haven't passed a check yet get nothing; whether AWS fails open to these isn't documented.
    """
    healthy = [each for each in known.all() if each.state == "healthy"]
    unhealthy = [each for each in known.all() if each.state == "unhealthy"]
    if len(healthy) >= _minimum(known.group, len(healthy) + len(unhealthy)):
        return healthy, "healthy"
    return sorted(healthy + unhealthy, key=lambda each: each.target), "healthy or unhealthy (it fails open)"


def _minimum(group: TargetGroup, registered: int) -> float:
    """How many have to be healthy, lest unhealthy ones get requests too: one, unless set."""
    count = group.attributes.get(f"{_MINIMUM}.count", "1")
    percent = group.attributes.get(f"{_MINIMUM}.percentage", "off")
    return max(float(count), float(percent) / 100 * registered if percent != "off" else 0)
