"""Entry point of the function inside the VPC: asks the new tasks, and tells its caller what they answered.

Its caller is the outer function, or ECS itself, which goes by `hookStatus` ("Lambda hooks for Amazon ECS service
deployments", ECS developer guide). ECS passes no words on, so that they are a line of the log as well.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .asking import Asked, RefusedError, ask

VARIABLE = "RELEASE_TEST"


def handle(event: object, context: object) -> dict[str, Any]:
    """Ask what the configuration says; whoever invokes it only adds which revision has to answer."""
    revision = str(event.get("revision", "")) if isinstance(event, dict) else ""
    try:
        passed, words = True, ask(replace(configured(os.environ), revision=revision))
    except RefusedError as error:
        passed, words = False, [str(error)]
    if tried := _service_revision(event):
        status = "Succeeded" if passed else "Failed"
        print(json.dumps({"message": "release test", "revision": tried, "status": status, "words": words}))
    return {"passed": passed, "words": words, "hookStatus": "SUCCEEDED" if passed else "FAILED"}


def _service_revision(event: object) -> str:
    """The service revision that ECS tries; empty where the outer function calls."""
    details = event.get("executionDetails") if isinstance(event, dict) else None
    return str(details.get("targetServiceRevisionArn", "")) if isinstance(details, dict) else ""


def configured(environment: Mapping[str, str]) -> Asked:
    """What to ask, as the construct wrote it."""
    return Asked(**json.loads(environment[VARIABLE]))
