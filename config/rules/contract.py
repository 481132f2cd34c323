"""Rules that keep an environment able to carry what docs/application-contract.md promises."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from config.rules.base import Violation, reads_fields

if TYPE_CHECKING:
    from config.environment import Environment

# Answers are streamed from below this path, so nothing there may be cached.
API_PREFIX = "/api/"
CHAT_PATH = f"{API_PREFIX}chat"
# Path of health checks by monitors, with a cache behaviour of its own (constructs_lib/edge/distribution.py).
HEALTH_PATH = "/health"
SESSION_KEY = "session-key"
_WILD_CARD = re.compile(r"[*?]")
_KEEPALIVE = "SITECHAT_KEEPALIVE_SECONDS"
_KEEPALIVE_SECONDS = 10.0
# A task definition has 64 KiB ("Service quotas", ECS developer guide); everything but the variables takes a few.
_VARIABLES_BYTES = 48 * 1024


@reads_fields("edge.static_paths")
def chat_is_never_cached(env: Environment) -> Iterator[Violation]:
    """A cached path takes GET and HEAD alone, and gives every visitor the same answer."""
    for index, pattern in enumerate(env.edge.static_paths):
        fixed = _WILD_CARD.split(pattern)[0]
        if fixed.startswith(API_PREFIX) or fnmatchcase(CHAT_PATH, pattern):
            yield f"edge.static_paths[{index}]", f"a path that leaves {API_PREFIX} alone, such as /static/*"


@reads_fields("edge.static_paths")
def health_has_one_way(env: Environment) -> Iterator[Violation]:
    """CloudFront refuses the same path twice."""
    for index, pattern in enumerate(env.edge.static_paths):
        if pattern == HEALTH_PATH:
            yield f"edge.static_paths[{index}]", f"another path than {HEALTH_PATH}, which is never cached"


@reads_fields("edge.enabled", "edge.origin_read_timeout_seconds", "service.idle_timeout_seconds", "service.environment")
def proxies_wait_for_the_next_sign_of_life(env: Environment) -> Iterator[Violation]:
    """Before its first word an answer sends only keep-alive comments; a proxy with a shorter timeout cuts it."""
    silence = _silence_seconds(env.service.environment)
    accepted = f"more than {silence:g}, the seconds until the application's next sign of life"
    if env.edge.enabled:
        # The load balancer waits at least as long: load_balancer_waits_as_long_as_the_edge.
        if env.edge.origin_read_timeout_seconds <= silence:
            yield "edge.origin_read_timeout_seconds", accepted
    elif env.service.idle_timeout_seconds <= silence:
        yield "service.idle_timeout_seconds", accepted


@reads_fields("secrets.names")
def application_has_its_session_key(env: Environment) -> Iterator[Violation]:
    if SESSION_KEY not in env.secrets.names:
        yield "secrets.names", f"a list with {SESSION_KEY}, without which the application doesn't start"


@reads_fields("service.environment")
def variables_fit_the_task_definition(env: Environment) -> Iterator[Violation]:
    """Counted as they are sent: a letter that is no ASCII takes six bytes."""
    if len(json.dumps(dict(env.service.environment))) > _VARIABLES_BYTES:
        yield "service.environment", f"at most {_VARIABLES_BYTES // 1024} KiB in all, as JSON"


def _silence_seconds(variables: dict[str, str]) -> float:
    """Seconds between keep-alive comments: as configured, else the default. The application refuses other text."""
    value = variables.get(_KEEPALIVE, "")
    return float(value) if re.fullmatch(r"\d{1,9}(?:\.\d{1,6})?", value, re.ASCII) else _KEEPALIVE_SECONDS
