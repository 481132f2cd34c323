"""Load balancers as they were deployed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Item = Mapping[str, Any]
Attributes = Mapping[str, str]


@dataclass(frozen=True)
class Rule:
    """Rule of a listener; conditions and actions in the API's words. Priority 0 is the default rule's here."""

    arn: str
    priority: int
    conditions: tuple[Item, ...]
    actions: tuple[Item, ...]
    transforms: tuple[Item, ...] = ()

    def __str__(self) -> str:
        return f"rule {self.priority}" if self.priority else "default rule"


@dataclass(frozen=True)
class Listener:
    """Listener with its rules in the order in which they are tried."""

    arn: str
    port: int
    protocol: str
    certificates: tuple[str, ...]
    rules: tuple[Rule, ...]
    attributes: Attributes


@dataclass(frozen=True)
class LoadBalancer:
    """Load balancer; `kind` is "application" or another type."""

    arn: str
    name: str
    kind: str
    state: str
    dns_name: str
    subnets: tuple[str, ...]
    groups: tuple[str, ...]
    attributes: Attributes
    listeners: tuple[Listener, ...]

    def flag(self, name: str) -> bool:
        """Whether an attribute is "true"; all of them are false unless set."""
        return self.attributes.get(name) == "true"

    @property
    def idle_seconds(self) -> float:
        """Time without a byte after which a connection is closed; 60 s unless set."""
        return float(self.attributes.get("idle_timeout.timeout_seconds", "60"))


@dataclass(frozen=True, order=True)
class Target:
    """A registered target: address and port."""

    ip: str
    port: int

    def __str__(self) -> str:
        return f"{self.ip}:{self.port}"


@dataclass(frozen=True)
class HealthCheck:
    """Health check of a target group. `port` is None where it is the target's own."""

    enabled: bool
    protocol: str
    port: int | None
    path: str
    interval_seconds: float
    timeout_seconds: float
    healthy_threshold: int
    unhealthy_threshold: int
    codes: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class TargetGroup:
    """Target group with what is registered in it. `balancers` are the load balancers whose rules name it."""

    arn: str
    name: str
    protocol: str
    version: str
    kind: str
    check: HealthCheck
    attributes: Attributes
    targets: tuple[Target, ...]
    balancers: tuple[str, ...]

    @property
    def drain_seconds(self) -> float:
        """Deregistration delay; 300 s unless set."""
        return float(self.attributes.get("deregistration_delay.timeout_seconds", "300"))


@dataclass(frozen=True)
class Deployed:
    """Load balancers and target groups by ARN; `read_at` orders readings in time."""

    balancers: Mapping[str, LoadBalancer]
    groups: Mapping[str, TargetGroup]
    read_at: float = 0.0


def group_arns(action: Item) -> tuple[tuple[str, int], ...]:
    """Target groups of a forward action with their weights. A weight that isn't given is 1 (ELB, ForwardConfig)."""
    weighted = action.get("ForwardConfig", {}).get("TargetGroups") or ()
    if weighted:
        return tuple((each["TargetGroupArn"], int(each.get("Weight", 1))) for each in weighted)
    return ((action["TargetGroupArn"], 1),) if action.get("TargetGroupArn") else ()
