"""ECS tasks as processes: a small Docker Engine for ministack, which does the rest of ECS. Begin with `Engine`."""

from __future__ import annotations

from local_aws.traffic.tasks.engine import Engine, MayStart
from local_aws.traffic.tasks.execution import ExecutionRole, Start
from local_aws.traffic.tasks.running import RunningTask

__all__ = ["Engine", "ExecutionRole", "MayStart", "RunningTask", "Start"]
