"""The Node.js process in which functions run."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

from local_aws.traffic.edge.functions.deployed import Function
from local_aws.traffic.edge.gaps import GapError

_PROGRAM = Path(__file__).with_name("worker.cjs")
# A function of CloudFront has about a millisecond of CPU; here it may wait for a busy machine.
TIMEOUT_MS = 200
_ANSWER_SECONDS = 5.0
# Answers are lines: those of 2 MB of memory, which a function has, fit (CloudFront quotas).
_LINE_LIMIT_BYTES = 8 * 1024 * 1024
# The edge location that a function is told: nobody's.
_EDGE = {"name": "XXX50-P1", "region": "us-east-1"}


class FunctionError(Exception):
    """A function that failed."""


class Worker:
    """One process, started by the first function, one function at a time."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def run(self, function: Function, event: dict[str, Any]) -> dict[str, Any]:
        """What a function returns (`result`), the origins it chose (`origin`) and what it wrote (`log`).

        Raises:
            FunctionError: it threw, took too long, or returned nothing.
            GapError: it uses something that isn't built, or there is no Node.js.
        """
        function.check()
        store = None if function.values is None else {"id": function.store_id, "values": dict(function.values)}
        job = {"name": function.name, "code": function.code, "event": event, "store": store, "edge": _EDGE}
        async with self._turn:
            outcome = await self._asked(job | {"timeout_ms": TIMEOUT_MS})
        if outcome["gap"]:
            raise GapError(f"function {function.name}: {outcome['gap']}")
        if outcome["error"] or not outcome["result"]:
            raise FunctionError(outcome["error"] or "it returned nothing")
        outcome["result"] = json.loads(outcome["result"])
        return outcome

    async def _asked(self, job: dict[str, Any]) -> dict[str, Any]:
        process = await self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(job).encode() + b"\n")
            await process.stdin.drain()
            async with asyncio.timeout(_ANSWER_SECONDS):
                line = await process.stdout.readline()
        except (TimeoutError, OSError) as error:
            await self.close()
            raise FunctionError(f"the worker gave no answer: {error}") from error
        except asyncio.CancelledError:
            # Its answer would be taken for that of the next function.
            await self.close()
            raise
        if not line:
            await self.close()
            raise FunctionError("the worker ended")
        outcome: dict[str, Any] = json.loads(line)
        return outcome

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            node = shutil.which("node")
            if node is None:
                raise GapError("functions, without Node.js")
            self._process = await asyncio.create_subprocess_exec(
                node,
                str(_PROGRAM),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=_LINE_LIMIT_BYTES,
            )
        return self._process

    async def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
