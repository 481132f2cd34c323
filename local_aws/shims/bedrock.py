"""Bedrock: ministack doesn't find guardrails and application profiles by ARN, nor name the models of such profiles.

It describes a guardrail in the names of the request, forgets a version's own description, and its ids hold a hyphen.
"""

from __future__ import annotations

from local_aws.messages import Request, Response
from local_aws.shims.application_profiles import ApplicationProfiles
from local_aws.shims.base import Forward, Shim
from local_aws.shims.guardrails import Guardrails


class Bedrock(Shim):
    """Asks the shims of the service's parts, which share no operation but those on tags."""

    service = "bedrock"

    def __init__(self) -> None:
        super().__init__()
        self._parts: tuple[Shim, ...] = (ApplicationProfiles(), Guardrails())

    def answer(self, request: Request, forward: Forward) -> Response | None:
        answers = (part.answer(request, forward) for part in self._parts)
        return next((answer for answer in answers if answer is not None), None)
