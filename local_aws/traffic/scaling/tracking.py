"""Target tracking: how many tasks a policy wants, by the rules of Application Auto Scaling.

"How target tracking scaling for Application Auto Scaling works", user guide. AWS does it by alarms of its own, which
aren't made here: three values in three minutes above the target, fifteen in fifteen minutes below nine tenths of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from local_aws.traffic.metrics import Point, Rule, judge

OUT_MINUTES, IN_MINUTES = 3, 15
# Minutes that are looked at: those of the longer rule, and as many before as alarms look at.
LOOKED_MINUTES = IN_MINUTES + 2
_LOW_SHARE = 0.9
# Of ECS services, where a policy says nothing ("ScaleOutCooldown", TargetTrackingScalingPolicyConfiguration).
_COOLDOWN_SECONDS = 300


@dataclass(frozen=True)
class Policy:
    """A target tracking policy; cooldowns in seconds of the plane's clock."""

    name: str
    target: float
    scales_in: bool
    out_cooldown: float
    in_cooldown: float


@dataclass(frozen=True)
class Wish:
    """What a policy wants: fewer or more tasks, with the value that says so; `way` is "stay" for neither."""

    policy: Policy
    way: Literal["in", "out", "stay"]
    value: float = 0.0

    def count(self, capacity: int) -> int:
        """The number of tasks that would bring the value to the target, were there `capacity` now."""
        return math.ceil(capacity * self.value / self.policy.target)


@dataclass
class History:
    """The last scaling of a target. `base` is the capacity before the last scale-out, `by` the policy it was of."""

    out_at: dict[str, float] = field(default_factory=dict)
    base: dict[str, int] = field(default_factory=dict)
    in_at: float | None = None

    def scaled_out(self, wish: Wish, capacity: int, now: float) -> None:
        """Note a scale-out; it ends the cooldown of a scale-in."""
        self.out_at[wish.policy.name] = now
        self.base[wish.policy.name] = capacity
        self.in_at = None

    def capacity(self, policy: Policy, capacity: int, now: float) -> int:
        """The capacity that a policy reckons with: in its cooldown the one before, so that only a larger need adds."""
        at = self.out_at.get(policy.name)
        return self.base[policy.name] if at is not None and now - at < policy.out_cooldown else capacity


def policy_of(told: Mapping[str, Any]) -> Policy:
    """A policy as DescribeScalingPolicies tells it."""
    settings = told["TargetTrackingScalingPolicyConfiguration"]
    return Policy(
        told["PolicyName"],
        float(settings["TargetValue"]),
        not settings.get("DisableScaleIn"),
        float(settings.get("ScaleOutCooldown", _COOLDOWN_SECONDS)),
        float(settings.get("ScaleInCooldown", _COOLDOWN_SECONDS)),
    )


def wish_of(policy: Policy, points: list[Point]) -> Wish:
    """What a policy wants by the values of the last `LOOKED_MINUTES`, the oldest first; nothing without a last one."""
    value = points[-1].value
    if value is None:
        return Wish(policy, "stay")
    high = Rule("GreaterThanThreshold", policy.target, OUT_MINUTES, OUT_MINUTES)
    low = Rule("LessThanThreshold", policy.target * _LOW_SHARE, IN_MINUTES, IN_MINUTES)
    if judge(high, points[-OUT_MINUTES - 2 :]).state == "ALARM":
        return Wish(policy, "out", value)
    if judge(low, points).state == "ALARM":
        return Wish(policy, "in", value)
    return Wish(policy, "stay")


def decided(wishes: list[Wish], capacity: int, history: History, now: float) -> Wish | None:
    """The wish that counts. The largest of those for more; for fewer all policies that scale in have to agree.

    None where nothing changes, or a cooldown holds it back.
    """
    out = [each for each in wishes if each.way == "out"]
    if more := [each for each in out if _more(each, capacity, history, now) > capacity]:
        return max(more, key=lambda each: _more(each, capacity, history, now))
    scaling_in = [each for each in wishes if each.policy.scales_in]
    if out or not scaling_in or any(each.way != "in" for each in scaling_in):
        return None
    cooldown = max(each.policy.in_cooldown for each in scaling_in)
    if history.in_at is not None and now - history.in_at < cooldown:
        return None
    wish = max(scaling_in, key=lambda each: each.count(capacity))
    return wish if wish.count(capacity) < capacity else None


def _more(wish: Wish, capacity: int, history: History, now: float) -> int:
    return wish.count(history.capacity(wish.policy, capacity, now))
