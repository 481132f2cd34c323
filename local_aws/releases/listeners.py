"""The listeners of a deployment group: which share of their requests goes to which target group.

CodeDeploy rewrites the default action to a forward with both groups and their weights, and leaves the old group in it
at weight 0. Evidence of what it does with rules that have conditions is thin, so those aren't shifted here.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from local_aws.releases.calls import Calls

# Seconds of the machine within which the data plane goes by a change (local_aws/traffic/snapshot.py), and a reading.
_SETTLED_SECONDS = 4.0


class UnknownRouteError(Exception):
    """A listener that isn't known to be shifted in the way it forwards."""


class BalancerError(Exception):
    """A listener that can't be shifted, in CodeDeploy's words."""


@dataclass(frozen=True)
class Forward:
    """The default action of a listener: weights by target group, and its stickiness in seconds (None: off)."""

    weights: Mapping[str, int]
    sticky_seconds: str | None


class Listeners:
    """Reads and sets weights by the API of Elastic Load Balancing. Raises CallError where it refuses."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._shifted_at = float("-inf")

    def target_group(self, name: str) -> str:
        """ARN of a target group by its name."""
        found = self._calls.balancing("DescribeTargetGroups", {"Names.member.1": name})
        return found.findtext(".//{*}TargetGroupArn", "")

    def check(self, listener: str, groups: tuple[str, ...]) -> None:
        """Raise UnknownRouteError for a listener that reaches the groups otherwise than by its default action."""
        self.forward(listener)
        for rule in self._calls.balancing("DescribeRules", {"ListenerArn": listener}).iter():
            if rule.find("{*}RuleArn") is None or rule.findtext("{*}IsDefault") == "true":
                continue
            if {each.text for each in rule.iterfind(".//{*}TargetGroupArn")} & set(groups):
                arn = rule.findtext("{*}RuleArn")
                raise UnknownRouteError(
                    f"rule {arn} forwards to a target group of the pair: what CodeDeploy does with rules that have "
                    "conditions isn't documented"
                )

    def forward(self, listener: str) -> Forward:
        """The forward in a listener's default action. Raises UnknownRouteError where there is none."""
        found = self._calls.balancing("DescribeListeners", {"ListenerArns.member.1": listener})
        actions = found.findall(".//{*}DefaultActions/{*}member")
        if len(actions) != 1 or actions[0].findtext("{*}Type") != "forward":
            raise UnknownRouteError(
                f"listener {listener} doesn't simply forward by its default action: what CodeDeploy does with another "
                "isn't documented"
            )
        return _forward(actions[0])

    def require(self, listener: str, group: str) -> None:
        """Raise BalancerError where a target group isn't behind a listener."""
        if group not in self.forward(listener).weights:
            raise BalancerError(
                "The ELB could not be updated due to the following error: "
                f"Primary taskset target group must be behind listener {listener}"
            )

    def shift(self, listener: str, weights: Mapping[str, int]) -> None:
        """Give a listener's requests to target groups by weights."""
        sticky = self.forward(listener).sticky_seconds
        action = "DefaultActions.member.1."
        config = f"{action}ForwardConfig."
        form = {"ListenerArn": listener, f"{action}Type": "forward"}
        for place, (group, weight) in enumerate(weights.items(), start=1):
            form[f"{config}TargetGroups.member.{place}.TargetGroupArn"] = group
            form[f"{config}TargetGroups.member.{place}.Weight"] = str(weight)
        form[f"{config}TargetGroupStickinessConfig.Enabled"] = "false" if sticky is None else "true"
        if sticky is not None:
            form[f"{config}TargetGroupStickinessConfig.DurationSeconds"] = sticky
        self._calls.balancing("ModifyListener", form)
        self._shifted_at = time.monotonic()

    def settle(self) -> None:
        """Wait until load balancers go by the last weights: what has none any more may be stopped then."""
        time.sleep(max(self._shifted_at + _SETTLED_SECONDS - time.monotonic(), 0))


def _forward(action: ElementTree.Element) -> Forward:
    weights = {
        each.findtext("{*}TargetGroupArn", ""): int(each.findtext("{*}Weight", "1"))
        for each in action.iterfind("{*}ForwardConfig/{*}TargetGroups/{*}member")
    }
    single = action.findtext("{*}TargetGroupArn", "")
    sticky = action.find("{*}ForwardConfig/{*}TargetGroupStickinessConfig")
    on = sticky is not None and sticky.findtext("{*}Enabled") == "true"
    seconds = sticky.findtext("{*}DurationSeconds", "") if sticky is not None and on else None
    return Forward(weights or {single: 100}, seconds)
