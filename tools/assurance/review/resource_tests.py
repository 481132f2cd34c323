"""Tests that controls make of a resource's body, and proofs over the whole configuration."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from config.alarm_text import read_alarm_text
from policies.proof.configuration import Configuration
from policies.proof.exceptions import unexcused
from policies.proof.permissions import walk
from policies.proof.privilege import privilege_faults
from policies.proof.reachability import INTERNET, arrives
from policies.proof.reading import read_network
from terraform_json.blocks import Body, listed, nested_block
from tools.assurance.review.judges import nested
from tools.assurance.review.model import Test

YEAR = 365


def equals(wanted: object, *path: str) -> Test:
    """Test that a nested attribute has this value."""
    return lambda body: nested(body, *path) == wanted


def is_set(*path: str) -> Test:
    """Test that a nested attribute is set."""
    return lambda body: bool(nested(body, *path))


def no(key: str) -> Test:
    """Test that an attribute is missing or false."""
    return lambda body: not body.get(key)


def at_least(least: float, *path: str) -> Test:
    """Test that a nested number isn't smaller."""
    return lambda body: float(str(nested(body, *path) or 0)) >= least


def told_by_another(body: Body) -> bool:
    """Test that a composite alarm tells people of an alarm; the gate shows that it does (PROOF_UNHEARD_ALARM)."""
    return bool(read_alarm_text(str(body.get("alarm_description", ""))).told_by)


def all_of(*tests: Test) -> Test:
    """Test that every one of these passes."""
    return lambda body: all(test(body) for test in tests)


def any_of(*tests: Test) -> Test:
    """Test that one of these passes."""
    return lambda body: any(test(body) for test in tests)


def redirects_to_https(body: Body) -> bool:
    """Whether a listener's default action redirects to HTTPS."""
    return all(
        each.get("type") == "redirect" and nested_block(each.get("redirect")).get("protocol") == "HTTPS"
        for each in listed(body["default_action"])
    )


def every_container(test: Callable[[Body], object]) -> Test:
    """Test that every container of a task definition passes `test`."""
    return lambda body: all(test(each) for each in json.loads(body["container_definitions"]))


def no_plain_secrets(body: Body) -> bool:
    """Whether no container has a secret in its environment, by the rule of the scan gate."""
    # Checkov takes a second to import; only this row needs it.
    from policies.checks.secret_in_environment import check

    return not check.broken(body)


def behaviours(test: Callable[[Body], object]) -> Test:
    """Test that every cache behaviour of a distribution passes `test`."""

    def passes(body: Body) -> bool:
        return all(
            test(each)
            for each in (nested_block(body["default_cache_behavior"]), *listed(body.get("ordered_cache_behavior")))
        )

    return passes


def origin_protocols(allowed: set[str]) -> Test:
    """Test that a VPC origin accepts no other TLS versions."""

    def passes(body: Body) -> bool:
        protocols = nested(body, "vpc_origin_endpoint_config", "origin_ssl_protocols", "items")
        return bool(protocols) and set(listed(protocols)) <= allowed

    return passes


def published_log(kind: str) -> Test:
    """Test that a search domain publishes this log."""
    return lambda body: any(each["log_type"] == kind for each in listed(body.get("log_publishing_options")))


def guardrail_filter(kind: str) -> Test:
    """Test that a guardrail filters this category in questions at HIGH."""

    def passes(body: Body) -> bool:
        filters: list[Any] = listed(nested(body, "content_policy_config", "filters_config"))
        return any(each["type"] == kind and each["input_strength"] == "HIGH" for each in filters)

    return passes


def public_access_blocked(body: Body) -> bool:
    """Whether all four blocks of public access are on."""
    keys = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    return all(body.get(key) is True for key in keys)


def two_subnets(body: Body) -> bool:
    """Whether a service's tasks may run in two subnets, one a zone."""
    return len(listed(nested(body, "network_configuration", "subnets"))) >= 2


def no_rules(body: Body) -> bool:
    """Whether a security group has no rules."""
    return not body.get("ingress") and not body.get("egress")


def privilege(*rules: str) -> Callable[[Configuration], Iterator[object]]:
    """Proof that no statement breaks these rules, listed exceptions aside."""

    def proof(configuration: Configuration) -> Iterator[object]:
        # A policy that can't be read is no proof.
        yield from (
            fault for fault in unexcused(privilege_faults(configuration)) if fault.rule in (*rules, "unreadable")
        )

    return proof


def refuses_clear_text(configuration: Configuration) -> Iterator[object]:
    """Addresses of buckets whose policy doesn't deny everybody requests without TLS."""
    denying = {
        each.holder
        for each in walk(configuration).permissions
        if not each.allows
        and each.actions == ("s3:*",)
        and ("AWS", "*") in each.principals
        and ("Bool", "aws:SecureTransport", ("false",)) in each.conditions
    }
    guarded = {
        configuration.follow(body["bucket"])
        for address, body in configuration.all("aws_s3_bucket_policy").items()
        if address in denying
    }
    yield from (address for address in configuration.all("aws_s3_bucket") if address not in guarded)


def closed_to_the_internet(configuration: Configuration) -> Iterator[object]:
    """Paths that come from the internet past CloudFront."""
    yield from (path for path in arrives(read_network(configuration)) if path.source == INTERNET)


def administration_shut(body: Body) -> bool:
    """Whether a network ACL opens neither 22 nor 3389 to the world."""

    def opens(line: Body, port: int) -> bool:
        first, last = (0, 65535) if line["protocol"] == "-1" else (line["from_port"], line["to_port"])
        world = line.get("cidr_block") == "0.0.0.0/0" or bool(line.get("ipv6_cidr_block"))
        return world and line["action"] == "allow" and first <= port <= last

    lines = listed(body.get("ingress"))
    return bool(lines) and not any(opens(line, port) for line in lines for port in (22, 3389))
