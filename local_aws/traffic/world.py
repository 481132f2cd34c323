"""What is deployed, read from the emulators by boto3 and kept for a moment."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
from botocore.config import Config

from local_aws.changes import CHANGES_PATH

# How long an answer of the emulators is believed. A change by Terraform takes effect after this at the latest.
FRESH_SECONDS = 0.5
_COUNT_SECONDS = 5.0
_SETTINGS = Config(retries={"max_attempts": 2}, connect_timeout=5, read_timeout=20)


class World:
    """Answers of the emulators, each asked at most once in `FRESH_SECONDS`.

    `gateway` is the address of all emulators, `account_id` and `region` what requests are signed for, `agent` who
    asks: the plane is told what is registered where everybody else is told what the plane found.
    """

    def __init__(self, gateway: str, account_id: str, region: str, agent: str = "") -> None:
        self.gateway, self.account_id, self.region = gateway, account_id, region
        self._settings = _SETTINGS.merge(Config(user_agent_extra=agent or None))
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, Any]] = {}
        self._asking: dict[str, asyncio.Task[Any]] = {}
        self._pool = ThreadPoolExecutor(8)

    def client(self, service: str, region: str | None = None) -> Any:
        """boto3 client of a service, through the gateway."""
        key = (service, region or self.region)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = boto3.client(
                    service,
                    region_name=key[1],
                    endpoint_url=self.gateway,
                    aws_access_key_id=self.account_id,
                    aws_secret_access_key="emulated",
                    config=self._settings,
                )
            return self._clients[key]

    async def ask(self, name: str, question: Callable[[], Any]) -> Any:
        """The answer to a question under a name, from memory while it is fresh; asked in a thread otherwise."""
        found = self._known.get(name)
        if found is not None and time.monotonic() - found[0] < FRESH_SECONDS:
            return found[1]
        return await self.ask_anew(name, question)

    async def ask_anew(self, name: str, question: Callable[[], Any]) -> Any:
        """The answer to a question under a name, from no memory; one that is being asked is asked once."""
        task = self._asking.get(name)
        if task is None:
            task = asyncio.create_task(self._asked(name, question))
            self._asking[name] = task
        return await asyncio.shield(task)

    async def changes(self) -> int | None:
        """How many requests may have changed what is deployed; None when nobody counts."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._counted)

    def _counted(self) -> int | None:
        try:
            with urllib.request.urlopen(f"{self.gateway}{CHANGES_PATH}", timeout=_COUNT_SECONDS) as answer:
                return int(json.load(answer)["changes"])
        except (OSError, ValueError, KeyError):
            return None

    async def _asked(self, name: str, question: Callable[[], Any]) -> Any:
        try:
            answer = await asyncio.get_running_loop().run_in_executor(self._pool, question)
            now = time.monotonic()
            # Only fresh answers are believed, so others are let go: an object's content is among them.
            self._known = {key: kept for key, kept in self._known.items() if now - kept[0] < FRESH_SECONDS}
            self._known[name] = (now, answer)
            return answer
        finally:
            self._asking.pop(name, None)
