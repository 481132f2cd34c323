"""The emulated application load balancer: `Balancers` is the entrance."""

from __future__ import annotations

from local_aws.traffic.balancer.balancers import Balancers
from local_aws.traffic.balancer.health import TargetHealth
from local_aws.traffic.balancer.wire import Clock, Targets

__all__ = ["Balancers", "Clock", "TargetHealth", "Targets"]
