"""What a load balancer counts, under the names of its CloudWatch metrics (namespace AWS/ApplicationELB)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

# Values that are kept until they are taken; older ones go first.
KEPT = 100_000


@dataclass(frozen=True)
class Measured:
    """One value of a metric. The dimensions are the ends of the ARNs, as CloudWatch has them; empty where not used."""

    metric: str
    value: float
    load_balancer: str
    target_group: str = ""

    @property
    def dimensions(self) -> dict[str, str]:
        """Dimensions of the metric."""
        both = {"LoadBalancer": self.load_balancer, "TargetGroup": self.target_group}
        return {name: value for name, value in both.items() if value}


class Counts:
    """Values since they were last taken."""

    def __init__(self) -> None:
        self._values: deque[Measured] = deque(maxlen=KEPT)

    def add(self, metric: str, balancer: str, group: str = "", value: float = 1) -> None:
        """Add a value for a load balancer's ARN and, where the metric has one, a target group's."""
        self._values.append(Measured(metric, value, balancer.partition(":loadbalancer/")[2], group.rpartition(":")[2]))

    def take(self) -> list[Measured]:
        """All values since the last time."""
        taken = list(self._values)
        self._values.clear()
        return taken

    def own_answer(self, balancer: str, status: int) -> None:
        """An answer that the load balancer gave by itself."""
        self.add(f"HTTPCode_ELB_{status // 100}XX_Count", balancer)
        if status in (500, 502, 503, 504):
            self.add(f"HTTPCode_ELB_{status}_Count", balancer)

    def target_answer(self, balancer: str, group: str, status: int, seconds: float) -> None:
        """An answer of a target, with the time until its headers came."""
        for each in ("", group):
            self.add(f"HTTPCode_Target_{status // 100}XX_Count", balancer, each)
            self.add("TargetResponseTime", balancer, each, seconds)

    def sent(self, balancer: str, group: str) -> None:
        """A request that a target was chosen for."""
        for each in ("", group):
            self.add("RequestCount", balancer, each)

    def connection_error(self, balancer: str, group: str) -> None:
        """A connection to a target that wasn't made."""
        for each in ("", group):
            self.add("TargetConnectionErrorCount", balancer, each)
