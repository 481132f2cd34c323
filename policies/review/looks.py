"""What the rows look for in a resource."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from policies.proof.account import Account, Body, block, listed
from policies.proof.exceptions import unexcused
from policies.proof.privilege import faults
from policies.review.judges import nested
from policies.review.model import Subject, Test

YEAR = 365


def equals(wanted: object, *path: str) -> Test:
    """A nested attribute has this value."""
    return lambda body: nested(body, *path) == wanted


def is_set(*path: str) -> Test:
    """A nested attribute is there."""
    return lambda body: bool(nested(body, *path))


def no(key: str) -> Test:
    """An attribute is missing or false."""
    return lambda body: not body.get(key)


def at_least(least: float, *path: str) -> Test:
    """A nested number isn't smaller."""
    return lambda body: float(str(nested(body, *path) or 0)) >= least


def all_of(*tests: Test) -> Test:
    """Every test passes."""
    return lambda body: all(test(body) for test in tests)


def containers(test: Callable[[Body], object]) -> Test:
    """Every container of a task definition passes a test."""
    return lambda body: all(test(each) for each in json.loads(body["container_definitions"]))


def no_plain_secrets(body: Body) -> bool:
    """No container holds a secret in its environment, by the rule of the scan gate."""
    # Checkov takes a second to import; only this row needs it.
    from policies.checks.secret_in_environment import check

    return not check.broken(body)


def behaviours(test: Callable[[Body], object]) -> Test:
    """Every cache behaviour of a distribution passes a test."""

    def look(body: Body) -> bool:
        return all(
            test(each) for each in (block(body["default_cache_behavior"]), *listed(body.get("ordered_cache_behavior")))
        )

    return look


def origin_protocols(allowed: set[str]) -> Test:
    """A VPC origin speaks these TLS versions alone."""

    def look(body: Body) -> bool:
        protocols = nested(body, "vpc_origin_endpoint_config", "origin_ssl_protocols", "items")
        return set(listed(protocols)) <= allowed

    return look


def published_log(kind: str) -> Test:
    """A search domain publishes this log."""
    return lambda body: any(each["log_type"] == kind for each in listed(body.get("log_publishing_options")))


def guardrail_filter(kind: str) -> Test:
    """A guardrail looks for this in what it is asked, as hard as it can."""

    def look(body: Body) -> bool:
        filters: list[Any] = listed(nested(body, "content_policy_config", "filters_config"))
        return any(each["type"] == kind and each["input_strength"] == "HIGH" for each in filters)

    return look


def no_rules(body: Body) -> bool:
    """A security group that lets nothing through."""
    return not body.get("ingress") and not body.get("egress")


def privilege(*rules: str) -> Callable[[Account, Subject], Iterator[object]]:
    """No statement breaks these rules, but for the exceptions listed."""

    def proof(account: Account, _: Subject) -> Iterator[object]:
        yield from (fault for fault in unexcused(faults(account)) if fault.rule in rules)

    return proof
