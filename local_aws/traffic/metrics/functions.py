"""Log lines of functions: ministack keeps them as events, and metrics in them are read there."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from local_aws.traffic.world import World

# Seconds of the machine between two looks: a function runs for seconds, and each look asks for every group.
_APART_SECONDS = 5.0
# A function that writes metrics is told their namespace.
_TOLD = "namespace"
Logged = Callable[[str, bytes], None]


class FunctionLines:
    """Hands on each line that functions which write metrics have logged, once; of the world's region."""

    def __init__(self, world: World, logged: Logged) -> None:
        self._world, self._logged = world, logged
        self._looked = 0.0
        # By log group: the time of the newest event in milliseconds, and how many of that time were read. ministack's
        # events have no id.
        self._seen: dict[str, tuple[int, int]] = {}

    async def tick(self) -> None:
        """Read what is new, if the last look is long enough ago."""
        now = time.monotonic()
        if now - self._looked < _APART_SECONDS:
            return
        self._looked = now
        for group in await self._groups():
            await self._read(group)

    async def _groups(self) -> list[str]:
        pages = self._world.client("lambda").get_paginator("list_functions").paginate
        told: Any = await self._world.ask("functions", lambda: [each for page in pages() for each in page["Functions"]])
        return [
            function["LoggingConfig"]["LogGroup"]
            for function in told
            if function.get("LoggingConfig", {}).get("LogGroup") and _TOLD in str(function.get("Environment"))
        ]

    async def _read(self, group: str) -> None:
        since, read = self._seen.get(group, (0, 0))
        ask = partial(self._world.client("logs").filter_log_events, logGroupName=group, startTime=since)
        told: Any = await self._world.ask_anew(f"events of {group}", ask)
        again = [each for each in told["events"] if each["timestamp"] == since]
        later = [each for each in told["events"] if each["timestamp"] > since]
        for event in (*again[read:], *later):
            self._logged(self._world.region, event["message"].encode())
        if later:
            newest = max(each["timestamp"] for each in later)
            self._seen[group] = (newest, sum(each["timestamp"] == newest for each in later))
        else:
            self._seen[group] = (since, len(again))
