"""One search engine a domain: a process of `osmem-server` on loopback, which ends with this one."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import importlib.util
import json
import os
import select
import subprocess
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from local_aws.endpoint import LOOPBACK
from local_aws.traffic.doors.asgi import AwsError

_READY_SECONDS = 20.0
_ANSWER_SECONDS = 60.0
_THREADS = 16


def engine_binary() -> Path:
    """The program of the package osmem-server; raises AwsError (503) where it isn't installed."""
    found = importlib.util.find_spec("osmem_server")
    if found is None or found.origin is None:
        raise AwsError(503, "ServiceUnavailableException", "osmem-server is not installed: run `make setup`")
    return Path(found.origin).with_name("bin") / "osmem-server"


def _silent() -> AwsError:
    return AwsError(503, "ServiceUnavailableException", "the search engine does not answer")


class Engine:
    """A running engine. Connections are kept and given to one request at a time."""

    def __init__(self, binary: Path, log: Path | None = None) -> None:
        """Start the engine and wait for its address; raises AwsError (503) when it doesn't come up."""
        errors = log.open("ab") if log else contextlib.nullcontext(subprocess.DEVNULL)
        with errors as stderr:
            self._process = self._started(binary, stderr)
        address = urlsplit(self._announced())
        self.port = address.port or 0
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = threading.Lock()

    def _started(self, binary: Path, stderr: IO[bytes] | int) -> subprocess.Popen[bytes]:
        # It ends when its standard input closes or the parent is gone: the kernel does both, whatever happens here.
        return subprocess.Popen(
            [str(binary), "-addr", f"{LOOPBACK}:0", "-no-ja", "-parent-pid", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={"PATH": os.environ.get("PATH", os.defpath)},
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def _announced(self) -> str:
        """Address in the first line that the engine writes."""
        output = self._process.stdout
        assert output is not None
        deadline = time.monotonic() + _READY_SECONDS
        while (left := deadline - time.monotonic()) > 0 and select.select([output], [], [], left)[0]:
            line = output.readline()
            if not line:
                break
            with contextlib.suppress(ValueError, KeyError, TypeError):
                return str(json.loads(line)["url"])
        self.end()
        raise AwsError(503, "ServiceUnavailableException", "the search engine did not start")

    def request(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str, bytes]:
        """Status, content type and body of one answer; raises AwsError (503) when the engine gives none."""
        while True:
            with self._lock:
                kept = self._idle.pop() if self._idle else None
            connection = kept or http.client.HTTPConnection(LOOPBACK, self.port, timeout=_ANSWER_SECONDS)
            try:
                connection.request(method, path, body or None, dict(headers))
                answer = connection.getresponse()
                content = answer.read()
            except (ConnectionError, http.client.RemoteDisconnected) as problem:
                connection.close()
                if kept is not None:  # the engine closes connections that nobody used for a while
                    continue
                raise _silent() from problem
            except (OSError, http.client.HTTPException):
                connection.close()
                raise _silent() from None
            with self._lock:
                self._idle.append(connection)
            return answer.status, answer.getheader("Content-Type", "application/json"), content

    def end(self) -> None:
        """Stop the process: its content is gone."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()


class Engines:
    """Engines by domain, started when they are first asked for."""

    def __init__(self, binary: Path | None = None, log: Path | None = None) -> None:
        self._binary, self._log = binary, log
        self._running: dict[str, Engine] = {}
        self._starting = asyncio.Lock()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="search")

    async def of(self, domain: str) -> Engine:
        """The engine of a domain. One that ended by itself is replaced by an empty one."""
        async with self._starting:
            found = self._running.get(domain)
            if found is None or not found.alive:
                binary = self._binary or engine_binary()
                found = self._running[domain] = await self.run(Engine, binary, self._log)
            return found

    async def run(self, function: Any, *given: Any) -> Any:
        """Result of a function that waits, in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *given)

    def keep_only(self, domains: frozenset[str]) -> list[str]:
        """End the engines of domains that don't exist any more; their names."""
        gone = [name for name in self._running if name not in domains]
        for name in gone:
            self._running.pop(name).end()
        return gone

    def pids(self) -> dict[str, int]:
        """Process ids by domain."""
        return {name: engine.pid for name, engine in self._running.items()}

    def end(self) -> None:
        """End all engines."""
        self.keep_only(frozenset())
        self._threads.shutdown(wait=False)
