"""The engine: makes containers of ECS tasks, knows their addresses and credentials, and ends them all with itself."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shutil
import socket
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import uvicorn
from botocore.exceptions import BotoCoreError, ClientError

from local_aws.images import ImageSettings, StoredImage, find_image
from local_aws.traffic.clock import Clock
from local_aws.traffic.tasks.addresses import Addresses, free_port
from local_aws.traffic.tasks.api import EngineApi, EngineError
from local_aws.traffic.tasks.container import Container
from local_aws.traffic.tasks.deployed import TASK, DeployedContainer, DeployedTasks
from local_aws.traffic.tasks.environment import Surroundings, environment_of, in_tree
from local_aws.traffic.tasks.execution import Start
from local_aws.traffic.tasks.process import Launch, StartError
from local_aws.traffic.tasks.replacing import HealthOf, end_unhealthy
from local_aws.traffic.tasks.users import Account, account_of
from local_aws.traffic.world import World

# How long the answer to a start is held until the container is ready. ministack takes a task that was started for one
# that is ready, and then ends those it replaces; ECS waits for the health check.
READY_SECONDS = 100.0
_WANTED_SECONDS = 0.5
# Credentials are asked for anew before they expire, as those of ECS are, which last six hours.
_CREDENTIALS_SECONDS = 6 * 3600
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", re.DOTALL)
# ECS throttles a service whose tasks keep failing ("Amazon ECS service throttle logic"); ministack starts the next one
# at once, ten times a second. So many failures are free, for the circuit breaker to trip, and ministack tries each task
# twice, with its platform and without; then each waits twice as long as the one before.
_FREE_FAILURES = 8
_MOST_DELAY_SECONDS = 30.0
# Letters and digits of which AWS makes access key ids.
_KEY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class Enrols(Protocol):
    """Who has to know which role an access key id belongs to."""

    def enrol(self, key_id: str, role_arn: str, session: str = "") -> None: ...

    def forget(self, key_id: str) -> None: ...


# Gives the reason of a refusal in AWS's words, such as "CannotPullContainerError: ...", or an empty text.
MayStart = Callable[[Start], Awaitable[str]]


@dataclass(frozen=True)
class RunningTask:
    """A container as other parts of the plane see it. `subnet` is empty where nobody can tell it."""

    task_arn: str
    cluster: str
    service: str
    container: str
    ip: str
    subnet: str
    groups: tuple[str, ...]
    ports: Mapping[int, int]
    task_role_arn: str
    key_id: str
    health: str
    folder: Path


@dataclass(frozen=True)
class _Role:
    key_id: str
    secret: str
    arn: str


class Engine:
    """A Docker Engine whose containers are processes: what ministack gets as DOCKER_HOST.

    `folder` is the run's folder, with the images of `sitechat image push` in `images/`. `credentials_url` is the
    address at which somebody asks `credentials` for what follows it. `certificate` is a PEM file that tasks trust.
    `identity` learns the access key ids of task roles; `may_start` may refuse a task.
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
    ) -> None:
        self._deployed = DeployedTasks(world)
        self._images, self._tasks = folder / "images", folder / "tasks"
        self._clock = clock or Clock(1)
        self._credentials_url, self._gateway = credentials_url, gateway or world.gateway
        self._certificate, self._identity, self._may_start = certificate, identity, may_start
        self._addresses = Addresses()
        self._roles: dict[str, _Role] = {}
        self._tokens: dict[str, str] = {}
        self._containers: dict[str, Container] = {}
        self._leaving: dict[str, Container] = {}
        self._work: set[asyncio.Task[None]] = set()
        self._noted: set[str] = set()
        self._failures: Counter[str] = Counter()

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
            await _Server(config).serve(sockets=[listening])
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
                return "127.0.0.1", container.ports[port]
        return None

    def tasks(self) -> tuple[RunningTask, ...]:
        """Containers whose processes live, those that are ending included."""
        return tuple(self._seen(each) for each in self._every() if each.state == "running")

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
        role = self._roles.get(token)
        if role is None or (authorization is not None and authorization != self._tokens.get(token)):
            return None
        until = datetime.now(UTC) + timedelta(seconds=_CREDENTIALS_SECONDS)
        return {
            "AccessKeyId": role.key_id,
            "SecretAccessKey": role.secret,
            "Token": f"emulated-{role.key_id}",
            "Expiration": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "RoleArn": role.arn,
        }

    # What the Engine API asks

    async def image(self, name: str) -> StoredImage:
        """An image by its name with tag or digest, or by its digest. Raises EngineError (404) if it wasn't pushed."""
        digest = name if name.startswith("sha256:") else await self._deployed.digest(name)
        found = find_image(self._images, digest) if digest else None
        if found is None:
            reason = "its files aren't here, push it again" if digest else "not found"
            raise EngineError(404, f"failed to resolve ref {name}: {name}: {reason}")
        return found

    async def pull(self, name: str) -> StoredImage:
        """An image as `image` finds it. The more often it wasn't there, the longer this waits before it looks."""
        await self._hold_back(name)
        try:
            found = await self.image(name)
        except EngineError:
            self._failures[name] += 1
            raise
        self._failures.pop(name, None)
        return found

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
        image = await self.image(told["Image"])
        try:
            deployed = await self._deployed.container(labels)
        except LookupError as problem:
            raise EngineError(500, str(problem)) from None
        await self._hold_back(_kind(deployed))
        self._failures[_kind(deployed)] += 1  # until one is ready
        await self._allowed(deployed, told["Image"])
        container = await self._made(name, told, image, deployed)
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
        while not settling.done():
            await asyncio.wait({settling}, timeout=_WANTED_SECONDS)
            if not settling.done() and not await self._deployed.wanted(container.deployed.task_arn):
                settling.cancel()
                return
        if container.state == "running":
            self._failures.pop(_kind(container.deployed), None)

    def stop(self, container: Container) -> None:
        """Begin to stop a container: at once, or once its targets are drained if the service's scheduler stops it."""
        if container.state == "running" and not container.leaving:
            container.leaving = True
            self._keep(self._drained(container))

    def remove(self, container: Container) -> None:
        """Take a container out of the list. Its process ends as `stop` says, since answers may still run."""
        self._containers.pop(container.id, None)
        if container.state == "running":
            self._leaving[container.id] = container
            self.stop(container)
        elif container.state == "created":
            self._keep(self._released(container))

    # Inside

    async def _hold_back(self, kind: str) -> None:
        more = self._failures[kind] - _FREE_FAILURES
        if more >= 0:
            await asyncio.sleep(min(_MOST_DELAY_SECONDS, 2.0**more))

    def _every(self) -> Iterator[Container]:
        yield from self._containers.values()
        yield from self._leaving.values()

    def _seen(self, container: Container) -> RunningTask:
        deployed = container.deployed
        role = self._roles.get(_token(container))
        return RunningTask(
            deployed.task_arn,
            deployed.cluster,
            deployed.service,
            deployed.name,
            container.address.ip,
            container.address.subnet,
            deployed.groups,
            container.ports,
            deployed.task_role_arn,
            role.key_id if role else "",
            container.health.state if container.health else "UNKNOWN",
            container.folder,
        )

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _drained(self, container: Container) -> None:
        try:
            seconds = await self._deployed.drain_seconds(container.deployed)
        except (BotoCoreError, ClientError):  # such as a target group that is gone
            seconds = 0
        if seconds:
            waiting = [asyncio.create_task(self._clock.sleep(seconds)), asyncio.create_task(_over(container))]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()
        container.stop()

    async def _released(self, container: Container) -> None:
        """Free what a container holds once its process is over; ministack leaves those that ended by themselves."""
        await container.gone()
        self._leaving.pop(container.id, None)
        self._addresses.give_back(container.address.ip)
        self._forget(_token(container))

    def _forget(self, token: str) -> None:
        role = self._roles.pop(token, None)
        self._tokens.pop(token, None)
        if role is not None and self._identity is not None:
            self._identity.forget(role.key_id)

    async def _allowed(self, deployed: DeployedContainer, image: str) -> None:
        if self._may_start is None:
            return
        asked = Start(deployed.task_arn, deployed.execution_role_arn, image, deployed.secrets, deployed.log_group)
        if refused := await self._may_start(asked):
            raise EngineError(500, refused)

    async def _made(
        self, name: str, told: Mapping[str, Any], image: StoredImage, deployed: DeployedContainer
    ) -> Container:
        command = _command(image, deployed, told.get("Cmd") or ())
        if not command:
            raise EngineError(400, "no command specified")
        try:
            address = self._addresses.take(deployed.subnets)
        except LookupError as problem:
            raise EngineError(500, f"RESOURCE:ENI: {problem}") from None
        folder = self._tasks / secrets.token_hex(8)
        account = self._account(image, deployed)
        temporary = _made_folder(folder / "tmp", account)
        variables = dict(each.partition("=")[::2] for each in told.get("Env") or ())
        ports = {port: free_port() for port in deployed.ports}
        around = Surroundings(
            ports,
            self._enrolled(deployed, folder.name, variables),
            self._gateway,
            self._trusted(folder),
            temporary,
            f"ip-{address.ip.replace('.', '-')}.ec2.internal",
        )
        working = deployed.working_directory or image.settings.working_directory
        launch = Launch(
            tuple(in_tree(image, word) for word in command),
            environment_of(image, variables, around),
            Path(in_tree(image, working)) if working != "/" else image.tree,
            account.user if account else None,
            account.group if account else None,
        )
        return Container(
            name,
            told["Image"],
            told["Labels"],
            deployed,
            address,
            ports,
            launch,
            folder,
            image.settings.stop_signal,
            self._clock,
        )

    def _account(self, image: StoredImage, deployed: DeployedContainer) -> Account | None:
        wanted = deployed.user or image.settings.user
        account, note = account_of(wanted, (image.tree, image.interpreter, self._tasks.parent))
        if note and note not in self._noted:
            self._noted.add(note)
            print(note, file=sys.stderr, flush=True)
        return account

    def _enrolled(self, deployed: DeployedContainer, token: str, variables: Mapping[str, str]) -> str:
        """Address of a task role's credentials, whose access key id is made known; empty without a role."""
        if not deployed.task_role_arn or not self._credentials_url:
            return ""
        key_id = "ASIA" + "".join(secrets.choice(_KEY_LETTERS) for _ in range(16))
        self._roles[token] = _Role(key_id, secrets.token_urlsafe(30), deployed.task_role_arn)
        self._tokens[token] = variables.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
        if self._identity is not None:
            self._identity.enrol(key_id, deployed.task_role_arn, deployed.task_arn.rpartition("/")[2])
        return f"{self._credentials_url}/{token}"

    def _trusted(self, folder: Path) -> Path | None:
        """A file with the certificates alone: the run's own file holds its key too, and only its owner reads it."""
        if self._certificate is None:
            return None
        trusted = folder / "certificates.pem"
        found = _CERTIFICATE.findall(self._certificate.read_text(encoding="ascii"))
        trusted.write_text("".join(found), encoding="ascii")
        return trusted


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the plane."""
        yield


async def _over(container: Container) -> None:
    await container.ended.wait()


def _kind(deployed: DeployedContainer) -> str:
    """Service and revision of a container: those that fail alike."""
    return f"{deployed.cluster} {deployed.service} {deployed.revision}"


def _token(container: Container) -> str:
    return container.folder.name


def _made_folder(folder: Path, account: Account | None) -> Path:
    folder.mkdir(parents=True)
    if account is not None:
        os.chown(folder, account.user, account.group)
    return folder


def _command(image: StoredImage, deployed: DeployedContainer, command: Any) -> tuple[str, ...]:
    """Words of the process: a task definition's entry point takes the image's command away, as with Docker."""
    settings: ImageSettings = image.settings
    if deployed.entrypoint is not None:
        return (*deployed.entrypoint, *command)
    return (*settings.entrypoint, *(command or settings.command))
