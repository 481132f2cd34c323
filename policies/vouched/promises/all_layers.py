"""The layers that an environment's settings promise, each with its own promises and the layers it comes after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from policies.vouched.promises.infrastructure import infrastructure
from policies.vouched.promises.llm import llm
from policies.vouched.promises.monitoring import monitoring
from policies.vouched.promises.promise import ALWAYS, Promise
from policies.vouched.promises.security import security
from policies.vouched.promises.serving import certificates, dns, edge, service
from policies.vouched.promises.workflows import workflows

if TYPE_CHECKING:
    from config import Environment


class LayerPromise(NamedTuple):
    """A layer: the settings that promise it, and what is in it."""

    reason: str
    promises: tuple[Promise, ...]


def promises(env: Environment) -> dict[str, LayerPromise]:
    """Everything that the settings promise, by layer."""
    return {name: LayerPromise(reason, tuple(inside(env))) for name, reason, inside in _layers(env)}


def _layers(env: Environment) -> Iterator[tuple[str, str, Callable[[Environment], Iterator[Promise]]]]:
    yield "infrastructure", ALWAYS, infrastructure
    yield "llm", ALWAYS, llm
    yield "service", ALWAYS, service
    yield "monitoring", ALWAYS, monitoring
    if env.dns.domain:
        yield "certificates", "dns.domain", certificates
        if not env.dns.zone_id:
            yield "dns", 'dns.zone = "create"', dns
    if env.edge.enabled:
        yield "edge", "edge.enabled = true", edge
    if env.security.watches:
        yield "security", "[security]", security
    if env.ingestion.sources:
        yield "workflows", "ingestion.sources", workflows
