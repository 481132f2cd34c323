"""The services of a run that CodeDeploy deploys, told as clients see them."""

from __future__ import annotations

from typing import Any

from local_aws.releases.plane import PlaneDoor
from local_aws.shims.task_sets import describing
from local_aws.shims.task_sets.ministack import Ministack
from local_aws.shims.task_sets.records import Record, name_of

Item = dict[str, Any]


class Known:
    """Records by region, cluster and name; the data plane, while it runs, tells which targets are healthy."""

    def __init__(self) -> None:
        self.plane: PlaneDoor | None = None
        self._records: dict[tuple[str, str, str], Record] = {}

    def __bool__(self) -> bool:
        return bool(self._records)

    def add(self, asked: Ministack, record: Record) -> None:
        """Keep the record of a new service."""
        self._records[asked.request.region, record.cluster, record.name] = record

    def remove(self, asked: Ministack, record: Record) -> None:
        """Forget a service."""
        del self._records[asked.request.region, record.cluster, record.name]

    def record(self, asked: Ministack, body: Item) -> Record | None:
        """The record of the service that a request names; None for one that CodeDeploy doesn't deploy."""
        service = name_of(str(body.get("service") or ""))
        cluster = name_of(str(body.get("cluster") or "default"))
        return self._records.get((asked.request.region, cluster, service))

    def of_cluster(self, asked: Ministack, cluster: str) -> list[Record]:
        """The services of a cluster."""
        return [each for key, each in self._records.items() if key[:2] == (asked.request.region, cluster)]

    def shell(self, asked: Ministack, record: Record) -> Item:
        """What ministack has under the name of a service."""
        told = asked.ask("DescribeServices", cluster=record.cluster, services=[record.name])
        return dict(told["services"][0])

    def told(self, asked: Ministack, record: Record) -> Item:
        """A service as ECS tells it."""
        return describing.service(self.shell(asked, record), record, asked.hidden([record]), self._states)

    def seen(self, asked: Ministack, told: Item) -> Item:
        """A service as DescribeServices tells it."""
        key = (asked.request.region, name_of(told["clusterArn"]), told["serviceName"])
        record = self._records.get(key) if told["status"] == "ACTIVE" else None
        return told if record is None else describing.service(told, record, asked.hidden([record]), self._states)

    def _states(self, target_group: str) -> list[str] | None:
        """States of a group's targets in the plane's region; None where no plane knows them."""
        if self.plane is None or target_group.split(":")[3] != self.plane.region:
            return None
        return self.plane.target_states(target_group)
