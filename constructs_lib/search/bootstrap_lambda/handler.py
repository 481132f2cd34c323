"""The function's entry point. What it does is fixed by its configuration: who invokes it can only repeat that."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from passages.domain import Domain, role_credentials

from .steps import BootstrapError, Settings, finish

VARIABLE = "SEARCH_BOOTSTRAP"


def handle(event: object, context: object) -> dict[str, list[str]]:
    """Finish the domain; the answer names what changed. An error ends the invocation, and with it the apply."""
    domain, settings = configured(os.environ)
    return {"changed": finish(domain, settings)}


def configured(environment: Mapping[str, str]) -> tuple[Domain, Settings]:
    """Read the configuration and the role's credentials, which Lambda puts into the environment."""
    try:
        wanted = json.loads(environment[VARIABLE])
        settings = Settings(
            index=wanted["index"],
            dimensions=wanted["dimensions"],
            replicas=wanted["replicas"],
            readers=tuple(wanted["readers"]),
            writers=tuple(wanted["writers"]),
        )
        credentials = role_credentials(environment)
        return Domain(wanted["endpoint"], region=environment["AWS_REGION"], credentials=credentials), settings
    except (KeyError, TypeError, ValueError) as error:
        raise BootstrapError(f"the function's environment is incomplete: {error!r}") from error
