"""What the rows look for in a resource."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from policies.proof.account import Body, Configuration
from policies.proof.exceptions import unexcused
from policies.proof.permissions import walk
from policies.proof.privilege import faults
from policies.proof.reachability import INTERNET, arrives
from policies.proof.reading import read_network
from terraform_json.blocks import listed, nested_block
from tools.assurance.review.judges import nested
from tools.assurance.review.model import Test

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


def any_of(*tests: Test) -> Test:
    """One test passes."""
    return lambda body: any(test(body) for test in tests)


def redirects_to_https(body: Body) -> bool:
    """A listener whose default is to send people to HTTPS."""
    return all(
        each.get("type") == "redirect" and nested_block(each.get("redirect")).get("protocol") == "HTTPS"
        for each in listed(body["default_action"])
    )


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
            test(each)
            for each in (nested_block(body["default_cache_behavior"]), *listed(body.get("ordered_cache_behavior")))
        )

    return look


def origin_protocols(allowed: set[str]) -> Test:
    """A VPC origin speaks these TLS versions alone."""

    def look(body: Body) -> bool:
        protocols = nested(body, "vpc_origin_endpoint_config", "origin_ssl_protocols", "items")
        return bool(protocols) and set(listed(protocols)) <= allowed

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


def public_access_blocked(body: Body) -> bool:
    """All four blocks of public access."""
    keys = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    return all(body.get(key) is True for key in keys)


def two_subnets(body: Body) -> bool:
    """A service whose tasks may run in two zones."""
    return len(listed(nested(body, "network_configuration", "subnets"))) >= 2


def no_rules(body: Body) -> bool:
    """A security group that lets nothing through."""
    return not body.get("ingress") and not body.get("egress")


def privilege(*rules: str) -> Callable[[Configuration], Iterator[object]]:
    """No statement breaks these rules, but for the exceptions listed."""

    def proof(account: Configuration) -> Iterator[object]:
        # A policy that can't be read proves nothing.
        yield from (fault for fault in unexcused(faults(account)) if fault.rule in (*rules, "unreadable"))

    return proof


def refuses_clear_text(account: Configuration) -> Iterator[object]:
    """Every bucket's policy denies everyone what comes without TLS."""
    denying = {
        each.holder
        for each in walk(account).permissions
        if not each.allows
        and each.actions == ("s3:*",)
        and ("AWS", "*") in each.principals
        and ("Bool", "aws:SecureTransport", ("false",)) in each.conditions
    }
    guarded = {
        account.follow(body["bucket"])
        for address, body in account.all("aws_s3_bucket_policy").items()
        if address in denying
    }
    yield from (address for address in account.all("aws_s3_bucket") if address not in guarded)


def closed_to_the_internet(account: Configuration) -> Iterator[object]:
    """Nothing that might arrive comes from the internet but through CloudFront."""
    yield from (path for path in arrives(read_network(account)) if path.source == INTERNET)


def administration_shut(body: Body) -> bool:
    """A network ACL that opens neither 22 nor 3389 to the world."""

    def opens(line: Body, port: int) -> bool:
        first, last = (0, 65535) if line["protocol"] == "-1" else (line["from_port"], line["to_port"])
        world = line.get("cidr_block") == "0.0.0.0/0" or bool(line.get("ipv6_cidr_block"))
        return world and line["action"] == "allow" and first <= port <= last

    lines = listed(body.get("ingress"))
    return bool(lines) and not any(opens(line, port) for line in lines for port in (22, 3389))
