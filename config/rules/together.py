"""Rules over two environments: what exists once per account, region or world has one owner."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from config.rules.base import Violation
from config.rules.singletons import claimed_twice

if TYPE_CHECKING:
    from config.environment import Environment


def conflicts(env: Environment, other: Environment) -> Iterator[Violation]:
    """What both environments claim. Two placeholders for an account don't count as the same account."""
    name = other.name
    if env.dns.domain and env.dns.domain == other.dns.domain:
        yield "dns.domain", f"a domain of its own: CloudFront serves a name once, and environment {name} has it"
    if env.account_id != other.account_id or env.account_is_placeholder or env.emulated != other.emulated:
        return
    zones = (env.dns.zone_domain, other.dns.zone_domain)
    if env.dns.zone == other.dns.zone == "create" and env.dns.zone_domain and zones[0] == zones[1]:
        yield "dns.zone", f'"existing", because environment {name} creates the hosted zone {zones[0]} in this account'
    yield from claimed_twice(env, other)
    if env.region != other.region:
        return
    if env.bedrock.invocation_logging == other.bedrock.invocation_logging == "own":
        yield "bedrock.invocation_logging", f'"adopt", because environment {name} owns it in this account and region'
    if env.image.repository and env.image.repository == other.image.repository:
        yield "image.repository", f"a repository of its own: environment {name} has it in this account and region"
