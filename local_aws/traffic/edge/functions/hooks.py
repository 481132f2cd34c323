"""Functions at a request's beginning and at its end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from local_aws.traffic.edge import pages
from local_aws.traffic.edge.functions.chosen import target
from local_aws.traffic.edge.functions.deployed import Function
from local_aws.traffic.edge.functions.events import InvalidResultError, changed_request, event, made_answer
from local_aws.traffic.edge.functions.worker import FunctionError, Worker
from local_aws.traffic.edge.gaps import GapError
from local_aws.traffic.edge.visits import Visit
from local_aws.traffic.hops import Answer

# A function that fails, and one whose result is refused (CloudFront guide, troubleshooting 503 and 502).
_FAILED, _INVALID = 503, 502


class Hooks:
    """The functions of behaviours, run in one worker."""

    def __init__(self) -> None:
        self._worker = Worker()

    async def close(self) -> None:
        """End the worker."""
        await self._worker.close()

    async def on_request(self, visit: Visit) -> Visit | Answer:
        """The request that a viewer-request function makes of one, or an answer with CloudFront's own headers."""
        function = _function(visit, "viewer-request")
        if function is None:
            return visit
        try:
            outcome = await self._run(function, visit, "viewer-request")
            result = outcome["result"]
            if "statusCode" in result:
                _step(visit, function, f"answers {result['statusCode']}")
                return pages.marked(made_answer(result), "FunctionGeneratedResponse", visit.id)
            changed = replace(
                visit, ask=changed_request(visit.ask, result), target=target(visit.target, outcome["origin"])
            )
        except (FunctionError, InvalidResultError) as error:
            return _refused(visit, function, error)
        chosen = f", to {changed.target.id}" if outcome["origin"] else ""
        _step(visit, function, f"asks for {changed.ask.path}{chosen}")
        return changed

    async def on_response(self, visit: Visit, answer: Answer) -> Answer:
        """The answer that a viewer-response function makes of one. It isn't run for errors (restrictions on edge
        functions)."""
        function = _function(visit, "viewer-response")
        if function is None or answer.status >= 400:
            return answer
        try:
            outcome = await self._run(function, visit, "viewer-response", answer)
            made = made_answer(outcome["result"], answer)
        except (FunctionError, InvalidResultError) as error:
            return _refused(visit, function, error)
        _step(visit, function, f"answers {made.status}")
        return made

    async def _run(self, function: Function, visit: Visit, kind: str, answer: Answer | None = None) -> dict[str, Any]:
        made = event(kind, visit.ask, visit.distribution, visit.id, answer)
        outcome = await self._worker.run(function, made)
        for line in outcome["log"]:
            _step(visit, function, f"writes {line}")
        if not isinstance(outcome["result"], dict):
            raise InvalidResultError("a function returns a request or an answer")
        return outcome


def _function(visit: Visit, kind: str) -> Function | None:
    arn = visit.behaviour.function(kind)
    if arn is None:
        return None
    found = visit.world.functions.get(arn)
    if found is None:
        raise GapError(f"function {arn}, which isn't published")
    return found


def _step(visit: Visit, function: Function, did: str, *, refused: bool = False) -> None:
    visit.ask.road.step("cloudfront", f"function {function.name}", did, refused=refused)


def _refused(visit: Visit, function: Function, error: Exception) -> Answer:
    status = _FAILED if isinstance(error, FunctionError) else _INVALID
    _step(visit, function, f"{status}: {error}", refused=True)
    return pages.marked(pages.error_page(status, pages.FUNCTION_FAILED, visit.id), "Error", visit.id)
