"""The engine: makes containers of ECS tasks, knows their addresses and credentials, and ends them all with itself."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn

from local_aws.endpoint import LOOPBACK
from local_aws.traffic.clock import Clock
from local_aws.traffic.serving import Server
from local_aws.traffic.tasks.addresses import Addresses
from local_aws.traffic.tasks.api import EngineApi, EngineError
from local_aws.traffic.tasks.container import Container
from local_aws.traffic.tasks.creation import Creation
from local_aws.traffic.tasks.deployed import TASK, DeployedContainer, DeployedTasks
from local_aws.traffic.tasks.draining import stop_drained
from local_aws.traffic.tasks.execution import Start
from local_aws.traffic.tasks.process import StartError
from local_aws.traffic.tasks.registry import PushedImages
from local_aws.traffic.tasks.replacing import HealthOf, end_unhealthy
from local_aws.traffic.tasks.roles import Enrols, TaskRoles
from local_aws.traffic.tasks.running import RunningTask, running_task
from local_aws.traffic.tasks.throttle import Throttle
from local_aws.traffic.world import World

# How long the answer to a start is held until the container is ready. ministack takes a task that was started for one
# that is ready, and then ends those it replaces; ECS waits for the health check.
READY_SECONDS = 100.0
_WANTED_SECONDS = 0.5
# Gives the reason of a refusal in AWS's words, such as "CannotPullContainerError: ...", or an empty text.
MayStart = Callable[[Start], Awaitable[str]]
# Is told each line that a task logs to CloudWatch Logs, with the region of its log group.
Logged = Callable[[str, bytes], None]


class Engine:
    """A Docker Engine whose containers are processes: what ministack gets as DOCKER_HOST.

    `folder` is the run's folder, with the images of `sitechat image push` in `images/`. `credentials_url` is the
    address at which somebody asks `credentials` for what follows it. `certificate` is a PEM file that tasks trust.
    `identity` learns the access key ids of task roles; `may_start` may refuse a task; `logged` hears its log.
    """

    def __init__(
        self,
        world: World,
        folder: Path,
        *,
        clock: Clock | None = None,
        credentials_url: str = "",
        gateway: str = "",
        certificate: Path | None = None,
        identity: Enrols | None = None,
        may_start: MayStart | None = None,
        logged: Logged | None = None,
    ) -> None:
        self._deployed = DeployedTasks(world)
        self._tasks = folder / "tasks"
        self._clock, self._may_start, self._logged = clock or Clock(1), may_start, logged
        self._throttle = Throttle()
        self.images = PushedImages(folder / "images", self._deployed, self._throttle)
        self._addresses, self._roles = Addresses(), TaskRoles(credentials_url, identity)
        self._creation = Creation(
            self._tasks,
            self._addresses,
            self._roles,
            self._clock,
            gateway=gateway or world.gateway,
            certificate=certificate,
        )
        self._containers: dict[str, Container] = {}
        self._leaving: dict[str, Container] = {}
        self._work: set[asyncio.Task[None]] = set()

    async def serve(self, socket_path: str) -> None:
        """Answer at a unix socket until cancelled; then all containers are ended."""
        path = Path(socket_path)
        path.unlink(missing_ok=True)
        shutil.rmtree(self._tasks, ignore_errors=True)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listening.bind(socket_path)
        path.chmod(0o600)
        listening.listen(256)
        config = uvicorn.Config(
            EngineApi(self), log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=1
        )
        try:
            await Server(config).serve(sockets=[listening])
        finally:
            await self.close()
            path.unlink(missing_ok=True)

    async def close(self) -> None:
        """End all containers at once."""
        for container in [*self._every()]:
            container.leaving = True  # nothing is drained any more
            container.kill()
            self.remove(container)
        await asyncio.gather(*self._work)
        await asyncio.to_thread(shutil.rmtree, self._tasks, ignore_errors=True)

    # What other parts of the plane ask

    def address(self, ip: str, port: int) -> tuple[str, int] | None:
        """Host and port of loopback that stand for a task's address and port, while its process lives."""
        for container in self._every():
            if container.address.ip == ip and container.state == "running" and port in container.ports:
                return LOOPBACK, container.ports[port]
        return None

    def tasks(self) -> tuple[RunningTask, ...]:
        """Containers whose processes live, those that are ending included."""
        return tuple(
            running_task(each, self._roles.key_id(_token(each))) for each in self._every() if each.state == "running"
        )

    def task(self, ip: str) -> RunningTask | None:
        """The container with an address, while its process lives."""
        return next((each for each in self.tasks() if each.ip == ip), None)

    def end(self, ip: str, reason: str) -> bool:
        """End a task whose target is unhealthy, so that ECS replaces it; False when there is none with this address."""
        for container in self._containers.values():
            if container.address.ip == ip and container.state == "running":
                container.refuse(reason)
                return True
        return False

    def kill(self, ip: str) -> bool:
        """Kill a task at once, as a machine that fails does; False when there is none with this address."""
        for container in self._containers.values():
            if container.address.ip == ip and container.state == "running":
                container.kill()
                return True
        return False

    def judge(self, health_of: HealthOf) -> None:
        """End tasks whose targets are unhealthy, after their service's grace period, so that ECS replaces them."""
        end_unhealthy(tuple(self._containers.values()), health_of, self._clock.now())

    def credentials(self, token: str, authorization: str | None = None) -> dict[str, str] | None:
        """Credentials of a task's role, as a container asks for them; None for an unknown token or a wrong header."""
        return self._roles.credentials(token, authorization)

    # What the Engine API asks

    def containers(self) -> tuple[Container, ...]:
        """Containers that weren't removed."""
        return tuple(self._containers.values())

    def container(self, name: str) -> Container:
        """A container by its id or name. Raises EngineError (404)."""
        for each in self._containers.values():
            if name in (each.id, each.name) or (len(name) >= 12 and each.id.startswith(name)):
                return each
        raise EngineError(404, f"No such container: {name}")

    async def create(self, name: str, told: Mapping[str, Any]) -> Container:
        """Make a container. Raises EngineError: 404 without its image, 409 for a name in use, 500 when refused.

        Waits before it makes one whose like keep failing.
        """
        labels = told.get("Labels") or {}
        if TASK not in labels:
            raise EngineError(501, "containers here are those of ECS tasks alone")
        before = next((each for each in self._containers.values() if each.name == name), None)
        if before is not None and before.state == "running":
            raise EngineError(409, f'Conflict. The container name "/{name}" is already in use')
        if before is not None:
            self.remove(before)
        image = await self.images.find(told["Image"])
        try:
            deployed = await self._deployed.container(labels)
        except LookupError as problem:
            raise EngineError(500, str(problem)) from None
        await self._throttle.hold_back(_kind(deployed))
        self._throttle.failed(_kind(deployed))  # until one is ready
        await self._allowed(deployed, told["Image"])
        container = self._creation.container(name, told, image, deployed)
        if self._logged is not None and deployed.log_group:
            container.log.heard = partial(self._logged, deployed.task_arn.split(":")[3])
        self._containers[container.id] = container
        return container

    async def start(self, container: Container) -> None:
        """Start a container, and come back when it is ready, over, or not wanted any more. Raises EngineError (400)."""
        try:
            await container.start()
        except StartError as problem:
            self.remove(container)
            raise EngineError(400, f"failed to create task for container: {problem}") from None
        self._keep(self._released(container))
        settling = asyncio.create_task(container.settle(READY_SECONDS))
        try:
            while not settling.done():
                await asyncio.wait({settling}, timeout=_WANTED_SECONDS)
                if not settling.done() and not await self._deployed.wanted(container.deployed.task_arn):
                    return
        finally:
            settling.cancel()
        if container.state == "running":
            self._throttle.ready(_kind(container.deployed))

    def stop(self, container: Container) -> None:
        """Begin to stop a container: at once, or once its targets are drained if the service's scheduler stops it."""
        if container.state == "running" and not container.leaving:
            container.leaving = True
            self._keep(stop_drained(container, self._deployed, self._clock))

    def remove(self, container: Container) -> None:
        """Take a container out of the list. Its process ends as `stop` says, since answers may still run."""
        listed = self._containers.pop(container.id, None)
        if container.state == "running":
            self._leaving[container.id] = container
            self.stop(container)
        elif container.state == "created" and listed is not None:
            container.leaving = True  # a process that is just being started ends at once
            self._keep(self._released(container))

    # Inside

    def _every(self) -> Iterator[Container]:
        yield from self._containers.values()
        yield from self._leaving.values()

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _released(self, container: Container) -> None:
        """Free what a container holds once its process is over; ministack leaves those that ended by themselves."""
        await container.gone()
        self._leaving.pop(container.id, None)
        self._addresses.give_back(container.address.ip)
        self._roles.forget(_token(container))

    async def _allowed(self, deployed: DeployedContainer, image: str) -> None:
        if self._may_start is None:
            return
        asked = Start(deployed.task_arn, deployed.execution_role_arn, image, deployed.secrets, deployed.log_group)
        if refused := await self._may_start(asked):
            raise EngineError(500, refused)


def _kind(deployed: DeployedContainer) -> str:
    """Service and revision of a container: those that fail alike."""
    return f"{deployed.cluster} {deployed.service} {deployed.revision}"


def _token(container: Container) -> str:
    return container.folder.name
