"""What a load balancer counts, under the names of its CloudWatch metrics (namespace AWS/ApplicationELB)."""

from __future__ import annotations

from local_aws.traffic.metrics import Record

NAMESPACE = "AWS/ApplicationELB"
_SECONDS = ("TargetResponseTime",)


class Counts:
    """Tells values to a recorder. The dimensions are the ends of the ARNs, as CloudWatch has them."""

    def __init__(self, record: Record) -> None:
        self._record = record

    def add(self, metric: str, balancer: str, group: str = "", value: float = 1) -> None:
        """Tell a value for a load balancer's ARN and, where the metric has one, a target group's."""
        both = {"LoadBalancer": balancer.partition(":loadbalancer/")[2], "TargetGroup": group.rpartition(":")[2]}
        dimensions = {name: end for name, end in both.items() if end}
        self._record(NAMESPACE, metric, dimensions, value, "Seconds" if metric in _SECONDS else "Count")

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

    def hosts(self, balancer: str, group: str, states: list[str]) -> None:
        """The states of a group's targets; a group without any has no such metric ("Reported if there are ...")."""
        if states:
            self.add("HealthyHostCount", balancer, group, states.count("healthy"))
            self.add("UnHealthyHostCount", balancer, group, states.count("unhealthy"))
