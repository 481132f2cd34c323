"""The plane: its parts wired together, and its ports opened.

usage: python -m local_aws.traffic.plane FOLDER GATEWAY ACCOUNT REGION FACTOR
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path

from local_aws.endpoint import LOOPBACK, PLANE_AGENT, Ports, RunFiles
from local_aws.traffic.balancer import Balancers
from local_aws.traffic.clock import FACTOR, Clock
from local_aws.traffic.control import control_app
from local_aws.traffic.doors import BedrockDoor, Identity, SearchDoor, TracesDoor
from local_aws.traffic.edge import Edge
from local_aws.traffic.inside import InsideDoor
from local_aws.traffic.metrics import FunctionLines, Metrics
from local_aws.traffic.network import Network
from local_aws.traffic.origins import DeployedOrigins
from local_aws.traffic.road import HEADER, Road, RoadBook
from local_aws.traffic.scaling import Scaling
from local_aws.traffic.serving import App, bound_socket, server_of, viewer_app, viewer_server
from local_aws.traffic.tasks import Engine, ExecutionRole
from local_aws.traffic.world import World

# Seconds of the plane between two looks.
HEALTH_SECONDS, METRICS_SECONDS, SCALING_SECONDS = 1, 3, 15
# Seconds of the machine that are at least between two looks, however fast the clock is.
_LEAST_SECONDS = 0.02
# Interface endpoints by the service that a request is signed for.
_ENDPOINTS = {"bedrock": "bedrock-runtime", "xray": "xray"}


class Plane:
    """All parts of the plane over one reading of the emulators. `factor` is how fast its clock runs."""

    def __init__(self, files: RunFiles, gateway: str, account_id: str, region: str, factor: float = FACTOR) -> None:
        self.roads, self.clock = RoadBook(), Clock(factor)
        self.world = World(gateway, account_id, region, PLANE_AGENT)
        self.identity = Identity(self.world)
        self._sockets = {each.name: bound_socket() for each in fields(Ports)}
        self.ports = Ports(**{name: each.getsockname()[1] for name, each in self._sockets.items()})
        self.engine = Engine(
            self.world,
            files.folder,
            clock=self.clock,
            credentials_url=f"http://{LOOPBACK}:{self.ports.control}/credentials",
            gateway=gateway,
            certificate=files.certificate,
            identity=self.identity,
            may_start=ExecutionRole(self.world, self.identity),
            logged=self._logged,
        )
        self.network = Network(self.world, lambda: {each.ip for each in self.engine.tasks()})
        self.metrics = Metrics(self.world, self.clock, self.engine.tasks)
        record = self.metrics.record
        self.balancers = Balancers(self.world, self.network, self.engine, self.clock, record=record)
        self.edge = Edge(self.world, DeployedOrigins(self.world, self.balancers, self.identity), record=record)
        self.bedrock = BedrockDoor(
            self.world, self.identity, observe=self.metrics.invoked, road_of=self._road_of, closed=self._closed
        )
        self.search = SearchDoor(self.world, self.identity, road_of=self._road_of)
        self.traces = TracesDoor(self.world, self.identity, self.roads, road_of=self._road_of, closed=self._closed)
        self.function_lines = FunctionLines(self.world, self._logged)
        self.inside = InsideDoor(self.world, self.balancers, self.edge, self.roads, files.certificate)
        self.scaling = Scaling(self.world, self.clock, self.metrics.readings)
        self.metrics.followers.append(self.scaling.follow)
        self._certificate = files.certificate

    def _logged(self, region: str, line: bytes) -> None:
        self.metrics.logged(region, line)

    async def _closed(self, key_id: str, service: str) -> str:
        """What keeps a task's call of a service from leaving its network; empty where nothing does."""
        task = next((each for each in self.engine.tasks() if each.key_id == key_id), None)
        if task is None:
            return ""
        source = await self.network.interface(task.ip)
        if source is None:
            return f"task {task.ip} has no interface in the network yet"
        verdict = await self.network.to_service(source, _ENDPOINTS.get(service, service))
        return "" if verdict.allowed else verdict.decided

    async def _look_at_targets(self) -> None:
        await self.balancers.tick()
        self.engine.judge(self.balancers.health)

    def _road_of(self, key_id: str, headers: Mapping[str, str]) -> Road:
        """The road that a task's call belongs to: the last one that is kept and led to this task."""
        if named := headers.get(HEADER):
            return self.roads.open(named)
        ip = next((task.ip for task in self.engine.tasks() if task.key_id == key_id), "")
        return self.roads.last_to(ip) if ip else Road()

    def applications(self) -> dict[str, App]:
        """What answers at each port."""
        return {
            "https": viewer_app(self.edge.answer, self.roads, scheme="https"),
            "http": viewer_app(self.edge.answer, self.roads, scheme="http"),
            "control": control_app(self),
            "bedrock": self.bedrock,
            "search": self.search,
            "traces": self.traces,
        }

    async def serve(self, engine_socket: Path) -> None:
        """Serve until the process is told to end."""
        ended = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
        work = [
            *(self._served(name, app) for name, app in self.applications().items()),
            self.inside.serve(self._sockets["inside"]),
            self.engine.serve(str(engine_socket)),
            self._repeated("health checks", self._look_at_targets, HEALTH_SECONDS),
            self._repeated("what CloudFront has", self.edge.refresh, HEALTH_SECONDS),
            self._repeated("metrics", self.metrics.tick, METRICS_SECONDS),
            self._repeated("log lines of functions", self.function_lines.tick, METRICS_SECONDS),
            self._repeated("scaling", self.scaling.tick, SCALING_SECONDS),
        ]
        running = [asyncio.create_task(each) for each in work]
        waiting = asyncio.create_task(ended.wait())
        await asyncio.wait({waiting, *running}, return_when=asyncio.FIRST_COMPLETED)
        for task in running:
            task.cancel()
        for task in running:
            with suppress(asyncio.CancelledError):
                await task
        await self.engine.close()
        await self.balancers.close()
        await self.edge.close()
        await self.search.close()

    async def _served(self, name: str, app: App) -> None:
        if name in ("https", "http"):
            server = viewer_server(app)
        else:
            server = server_of(app, **({"ssl_certfile": str(self._certificate)} if name == "search" else {}))
        await server.serve(sockets=[self._sockets[name]])

    async def _repeated(self, what: str, tick: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            try:
                await tick()
            except Exception as problem:  # emulators that start or end must not end the plane
                print(f"{what}: {problem!r}", file=sys.stderr, flush=True)
            await self.clock.sleep(max(seconds, _LEAST_SECONDS * self.clock.factor))


def main(folder: str, gateway: str, account_id: str, region: str, factor: str) -> None:
    """Run a plane for the emulators of a folder, and write down where its ports are."""
    files = RunFiles(Path(folder))
    plane = Plane(files, gateway, account_id, region, float(factor))
    draft = files.ports.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(plane.ports)) + "\n", encoding="utf-8")
    os.replace(draft, files.ports)
    asyncio.run(plane.serve(files.engine))


if __name__ == "__main__":
    main(*sys.argv[1:])
