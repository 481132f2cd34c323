"""Rules that keep an environment able to carry what docs/application-contract.md promises."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from config.contract import BY_NAME, KEEPALIVE_DEFAULT_SECONDS, PREFIX, VARIABLES
from config.nearest import nearest_name
from config.reserved_variables import SETTINGS, why_reserved
from config.rules.base import Violation, reads_fields
from config.secret_text import names_a_secret, secret_kind
from config.sections.secrets import secret_variable

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
_GRACE = "SITECHAT_STOP_GRACE_SECONDS"
# Variables that the infrastructure sets for the application.
OWN_VARIABLES = tuple(each.name for each in VARIABLES if each.set_by == "infrastructure")
# A task definition has 64 KiB ("Service quotas", ECS developer guide); everything but the variables takes a few.
_VARIABLES_BYTES = 48 * 1024


@reads_fields("monitoring.application_metrics", "monitoring.availability_percent", "monitoring.first_token_percent")
def objectives_are_measured(env: Environment) -> Iterator[Violation]:
    """Only the application knows which questions failed, and when an answer began."""
    wanted = [key for key in ("availability_percent", "first_token_percent") if getattr(env.monitoring, key)]
    if wanted and not env.monitoring.application_metrics:
        yield "monitoring.application_metrics", f"true, because monitoring.{wanted[0]} is measured by these metrics"


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


@reads_fields("secrets.names")
def secrets_have_variables_of_their_own(env: Environment) -> Iterator[Violation]:
    """Each secret becomes a variable, and ECS refuses a name among both variables and secrets."""
    for index, name in enumerate(env.secrets.names):
        variable = BY_NAME.get(secret_variable(name))
        if variable and variable.set_by != "secret":
            yield f"secrets.names[{index}]", f"another name: the application reads {variable.name} as a setting"


@reads_fields("service.environment", "secrets.names")
def variables_are_free(env: Environment) -> Iterator[Violation]:
    """A variable that something else sets or reads would hide a value, or change what the process does."""
    secrets = set(map(secret_variable, env.secrets.names))
    for name, value in env.service.environment.items():
        key = f"service.environment.{name}"
        if name in OWN_VARIABLES or name in secrets:
            yield key, "another name: the infrastructure sets this variable"
        elif why := why_reserved(name):
            yield key, f"another name: {why}"
        elif name in SETTINGS:
            if not SETTINGS[name].allows(value):
                yield key, SETTINGS[name].accepted
        elif names_a_secret(name) or secret_kind(value):
            yield key, "nothing secret: use secrets.names and `sitechat secret set`"
        elif name.startswith(PREFIX):
            yield from _contract_value(key, name, value)


def _contract_value(key: str, name: str, value: str) -> Iterator[Violation]:
    settable = [each.name for each in VARIABLES if each.set_by == "environment"]
    variable = BY_NAME.get(name)
    if name not in settable or variable is None or variable.form is None:
        near = nearest_name(name, settable)
        hint = f"; did you mean {near}?" if near else ""
        yield key, f"a name without {PREFIX}, or one of {', '.join(settable)}{hint}"
    elif not variable.form.allows(value):
        yield key, variable.form.accepted


@reads_fields("service.environment", "service.stop_timeout_seconds")
def grace_leaves_time_to_stop(env: Environment) -> Iterator[Violation]:
    most = env.service.stop_timeout_seconds / 2
    form = BY_NAME[_GRACE].form
    value = env.service.environment.get(_GRACE)
    if value and form and form.allows(value) and float(value) > most:
        yield f"service.environment.{_GRACE}", f"at most {most:g}, half of service.stop_timeout_seconds"


def _silence_seconds(variables: dict[str, str]) -> float:
    """Seconds between keep-alive comments: as configured, else the default. Other text is refused by itself."""
    form, value = BY_NAME[_KEEPALIVE].form, variables.get(_KEEPALIVE, "")
    return float(value) if form and form.allows(value) else KEEPALIVE_DEFAULT_SECONDS
