"""CPU and memory of tasks, as ECS reports them once a minute (namespace AWS/ECS), read from /proc.

A system without /proc, such as macOS, has no such metrics here.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from local_aws.traffic.world import World

_PROC = Path("/proc")
_CPU_UNITS = 1024
_MIB = 1024 * 1024
# Fields of /proc/PID/stat after the command's name (proc_pid_stat(5)): session, the four CPU times, resident pages.
_SESSION, _TIMES, _RESIDENT = 3, slice(11, 15), 21
# Fargate lets no task use more than it reserves; processes here may.
_MOST_PERCENT = 100.0


class Task(Protocol):
    """What is needed of a running container; `pid` leads its session, `revision` names its task definition."""

    @property
    def task_arn(self) -> str: ...
    @property
    def cluster(self) -> str: ...
    @property
    def service(self) -> str: ...
    @property
    def pid(self) -> int: ...
    @property
    def revision(self) -> str: ...


@dataclass(frozen=True)
class Used:
    """What the processes of a session use: seconds of CPU since their start, and bytes of memory."""

    cpu_seconds: float
    memory_bytes: int


@dataclass(frozen=True)
class Utilization:
    """Percentages of what a task reserves; `cpu` is None the first time that a task is seen."""

    cluster: str
    service: str
    cpu: float | None
    memory: float


class Usage:
    """Utilization of the tasks of services, between one look and the next."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._before: dict[str, tuple[float, float]] = {}

    async def look(self, tasks: Iterable[Task]) -> list[Utilization]:
        """Utilization of each task. CPU is that of the machine's time, since processes don't run faster here."""
        by_task: dict[str, list[Task]] = {}
        for each in tasks:
            if each.service and each.pid:
                by_task.setdefault(each.task_arn, []).append(each)
        used, now = await asyncio.to_thread(sessions) if by_task else {}, time.monotonic()
        found, seen = [], {}
        for arn, containers in by_task.items():
            parts = [used[each.pid] for each in containers if each.pid in used]
            cpu, memory = await self._reserved(containers[0])
            if not parts or not cpu or not memory:
                continue
            seconds = sum(each.cpu_seconds for each in parts)
            seen[arn] = (now, seconds)
            at, before = self._before.get(arn, (now, 0.0))
            share = (seconds - before) / (now - at) / (cpu / _CPU_UNITS) if now > at else None
            resident = sum(each.memory_bytes for each in parts) / (memory * _MIB)
            cpu_percent = None if share is None else _percent(share)
            found.append(Utilization(containers[0].cluster, containers[0].service, cpu_percent, _percent(resident)))
        self._before = seen
        return found

    async def _reserved(self, task: Task) -> tuple[int, int]:
        """CPU units and MiB of a task; 0 where its definition doesn't say."""
        region = task.task_arn.split(":")[3]
        ask = partial(self._world.client("ecs", region).describe_task_definition, taskDefinition=task.revision)
        told: Mapping[str, Mapping[str, str]] = await self._world.ask(f"ecs {region} definition {task.revision}", ask)
        definition = told["taskDefinition"]
        return int(definition.get("cpu") or 0), int(definition.get("memory") or 0)


def sessions() -> dict[int, Used]:
    """Use of each session by the number of its leader; empty on a system without /proc."""
    found: dict[int, Used] = {}
    if not sys.platform.startswith("linux"):
        return found
    tick, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    for fields in _stats():
        session, times = int(fields[_SESSION]), sum(map(int, fields[_TIMES]))
        before = found.get(session, Used(0, 0))
        memory = before.memory_bytes + int(fields[_RESIDENT]) * page
        found[session] = Used(before.cpu_seconds + times / tick, memory)
    return found


def _stats() -> Iterator[list[str]]:
    for folder in _PROC.iterdir():
        if folder.name.isdecimal():
            try:
                text = (folder / "stat").read_text(encoding="ascii", errors="replace")
            except OSError:  # it ended meanwhile
                continue
            yield text.rpartition(")")[2].split()


def _percent(share: float) -> float:
    return round(min(max(share * 100, 0.0), _MOST_PERCENT), 3)
