"""A container: a process with a state, a log and an address, from its creation until it is gone."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from local_aws.traffic.tasks.addresses import Address, listens, listens_everywhere
from local_aws.traffic.tasks.deployed import DeployedContainer
from local_aws.traffic.tasks.health import Clock, HealthWatch
from local_aws.traffic.tasks.logs import ERRORS, OUTPUT, Log
from local_aws.traffic.tasks.process import Launch, StartError, TaskProcess, start

State = Literal["created", "running", "exited"]
_NEVER = "0001-01-01T00:00:00Z"
# How often a port is tried while a container starts.
_PORT_SECONDS = 0.05


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


@dataclass
class Container:
    """A container of a task. `ports` maps its ports to those of loopback; `leaving` is true once it has to stop."""

    name: str
    image: str
    labels: Mapping[str, str]
    deployed: DeployedContainer
    address: Address
    ports: Mapping[int, int]
    launch: Launch
    folder: Path
    stop_signal: str
    clock: Clock
    id: str = field(default_factory=lambda: secrets.token_hex(32))
    state: State = "created"
    created: str = field(default_factory=_now)
    started: str = _NEVER
    finished: str = _NEVER
    exit_code: int = 0
    began: float | None = None
    leaving: bool = False
    stopping: bool = False
    log: Log = field(default_factory=Log)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    health: HealthWatch | None = None
    _process: TaskProcess | None = None
    _work: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def pid(self) -> int:
        """Number of the first process; 0 before it starts."""
        return self._process.pid if self._process is not None else 0

    async def start(self) -> None:
        """Start the process. Raises StartError, also when the container was removed meanwhile."""
        process = await start(self.launch)
        if self.leaving:
            process.end()
            await process.wait()
            raise StartError("it was removed before it ran")
        self._process = process
        self.state, self.started, self.began = "running", _now(), self.clock.now()
        streams = ((self._process.output, OUTPUT), (self._process.errors, ERRORS))
        readers = [asyncio.create_task(self.log.read(stream, kind)) for stream, kind in streams if stream is not None]
        self._keep(self._follow(self._process, readers))
        if self.ports:
            self._keep(self._stay_on_loopback())
        if self.deployed.health is not None:
            self.health = HealthWatch(self.deployed.health, self.clock, self._healthy)
            self._keep(self._replaced_when_unhealthy(self.health))

    async def settle(self, seconds: float) -> None:
        """Wait until the container is healthy, or without a health check listens, or is over; at most so long."""
        if self.health is None and not self.ports:
            return
        ready = self.health.settled.wait() if self.health is not None else self._listening()
        wanted: list[asyncio.Task[Any]] = [asyncio.create_task(self.ended.wait()), asyncio.create_task(ready)]
        try:
            await asyncio.wait(wanted, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in wanted:
                task.cancel()

    def stop(self) -> None:
        """Send the stop signal once, and SIGKILL when the definition's stop timeout is over, in real seconds."""
        if self.state == "running" and self._process is not None and not self.stopping:
            self.stopping = True
            self._process.signal(_number(self.stop_signal))
            self._keep(self._killed_after(self.deployed.stop_seconds))

    def kill(self, name: str = "SIGKILL") -> None:
        """Send a signal; SIGKILL ends all processes of the container."""
        if self._process is not None and self.state == "running":
            number = _number(name)
            if number == signal.SIGKILL:
                self._process.end()
            else:
                self._process.signal(number)

    def refuse(self, reason: str) -> None:
        """End a container that must not run on, and say why in its log."""
        self.log.add(ERRORS, f"{reason}\n".encode())
        self.stop()

    async def gone(self) -> None:
        """Wait until the process is over, and delete its folder."""
        if self.state == "running":
            await self.ended.wait()
        for task in self._work - {asyncio.current_task()}:
            task.cancel()
        self.log.end()
        await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)

    def described(self) -> dict[str, Any]:
        """The container as the Engine describes it; its variables are left out, since secrets are among them."""
        state: dict[str, Any] = {
            "Status": self.state,
            "Running": self.state == "running",
            "ExitCode": self.exit_code,
            "StartedAt": self.started,
            "FinishedAt": self.finished,
        }
        if self.health is not None:
            status = {"UNKNOWN": "starting"}.get(self.health.state, self.health.state.lower())
            state["Health"] = {"Status": status}
        return {
            "Id": self.id,
            "Name": f"/{self.name}",
            "Created": self.created,
            "Image": self.image,
            "State": state,
            "Config": {"Image": self.image, "Labels": dict(self.labels), "Tty": False, "User": str(self.launch.user)},
            "HostConfig": {"LogConfig": {"Type": "json-file"}},
            "NetworkSettings": {"Networks": {"vpc": {"IPAddress": self.address.ip}}},
        }

    def _keep(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _follow(self, process: TaskProcess, readers: list[asyncio.Task[None]]) -> None:
        code = await process.wait()
        await asyncio.gather(*readers)
        self.exit_code, self.state, self.finished = code, "exited", _now()
        self.log.end()
        self.ended.set()

    async def _killed_after(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.ended.wait(), seconds)
        self.kill()

    async def _listening(self) -> None:
        while not all([await asyncio.to_thread(listens, port) for port in self.ports.values()]):
            await asyncio.sleep(_PORT_SECONDS)

    async def _stay_on_loopback(self) -> None:
        await self._listening()
        for port, here in self.ports.items():
            if listens_everywhere(here):
                self.refuse(f"port {port} is listened on beyond 127.0.0.1, where others could reach it: it is ended")
                return

    async def _replaced_when_unhealthy(self, health: HealthWatch) -> None:
        """End the container once it is unhealthy: ECS then replaces its task, and counts it as failed."""
        await health.run()
        if self.deployed.health is not None and self.state == "running":
            self.refuse("the container's health check failed: its task is replaced")

    async def _healthy(self) -> bool:
        """Run the health check's command. Its timeout is in real seconds, as those of requests are."""
        assert self.deployed.health is not None
        settings = self.deployed.health
        launch = Launch(
            settings.command, self.launch.environment, self.launch.folder, self.launch.user, self.launch.group
        )
        try:
            process = await start(launch, silent=True)
        except StartError as problem:
            self.log.add(ERRORS, f"health check: {problem}\n".encode())
            return False
        try:
            return await asyncio.wait_for(process.wait(), settings.timeout) == 0
        except TimeoutError:
            return False
        finally:
            process.end()


def _number(name: str) -> int:
    """A signal's number by its name or number; unknown ones count as SIGTERM."""
    if name.isdecimal():
        return int(name)
    plain = name.upper() if name.upper().startswith("SIG") else f"SIG{name.upper()}"
    return int(getattr(signal, plain, signal.SIGTERM))
