"""Proof that every resource is built in the region where AWS or other resources use it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property

from policies.proof.configuration import Configuration
from terraform_json.blocks import Body, listed, strings

# Region of CloudFront's metrics, certificates, logs and web ACLs, and of the events of global services.
GLOBAL_REGION = "us-east-1"

# Types without a region: the provider they are created with doesn't matter.
_GLOBAL = ("aws_iam_", "aws_route53_", "aws_cloudfront_", "aws_budgets_")
_GLOBAL_NAMESPACES = frozenset({"AWS/CloudFront", "AWS/Route53", "AWS/Billing"})
# Types that may refer to any region: a dashboard names the region of each of its graphs.
_READS_ANYWHERE = frozenset({"aws_cloudwatch_dashboard"})


def misplaced_resources(configuration: Configuration, home: str) -> list[str]:
    """Messages ("address: what is wrong") about resources in a region where nothing uses them."""
    return sorted(_Places(configuration, home).found())


class _Places:
    """Resources of an environment with their regions and references."""

    def __init__(self, configuration: Configuration, home: str) -> None:
        self._configuration = configuration
        self._home = home
        self._bodies = {address: (kind, body) for kind, address, body in configuration.everything()}
        self._region = {address: configuration.region(address) for address in self._bodies}

    def found(self) -> Iterator[str]:
        for address, (kind, body) in self._bodies.items():
            yield from self._misplaced(address, kind, body)
            yield from self._far_references(address, kind)
            if self._regional(address) and self._region[address] not in (self._home, GLOBAL_REGION):
                yield f"{address}: in {self._region[address]}, where nothing of this environment lives"
            elif self._region[address] != self._home and address not in self._read_globally:
                yield f"{address}: in {self._region[address]}, but nothing global reads it; it belongs in {self._home}"

    def _misplaced(self, address: str, kind: str, body: Body) -> Iterator[str]:
        """Resources outside us-east-1 that AWS reads only there."""
        if self._region[address] == GLOBAL_REGION:
            return
        if kind == "aws_cloudwatch_metric_alarm" and self._global_metrics(body):
            yield f"{address}: watches {_namespace(body)} in {self._region[address]}; AWS keeps it in {GLOBAL_REGION}"
        if kind.startswith("aws_wafv2_") and self._guards_cloudfront(body):
            yield f"{address}: a firewall of CloudFront is built in {GLOBAL_REGION}"
        source = self._configuration.follow(body.get("resource_arn"))
        if kind == "aws_cloudwatch_log_delivery_source" and source and "/aws_cloudfront_" in source:
            yield f"{address}: CloudFront delivers its logs from {GLOBAL_REGION}"

    def _far_references(self, address: str, kind: str) -> Iterator[str]:
        if kind in _READS_ANYWHERE:
            return
        for other in self._references[address]:
            other_kind = self._bodies[other][0]
            if kind == "aws_cloudfront_distribution" and other_kind.startswith("aws_acm_certificate"):
                if self._region[other] != GLOBAL_REGION:
                    yield f"{other}: CloudFront takes certificates from {GLOBAL_REGION} only"
            elif self._regional(address) and self._regional(other) and self._region[address] != self._region[other]:
                yield f"{address}: in {self._region[address]}, but uses {other} in {self._region[other]}"

    def _regional(self, address: str) -> bool:
        return not self._bodies[address][0].startswith(_GLOBAL)

    @cached_property
    def _references(self) -> dict[str, frozenset[str]]:
        return {
            address: frozenset(
                found
                for text in strings(body)
                for found in self._configuration.mentioned(text)
                if found in self._bodies
            )
            for address, (_, body) in self._bodies.items()
        }

    @cached_property
    def _read_globally(self) -> frozenset[str]:
        """Resources in us-east-1 that a global service needs, directly or through references."""
        near: dict[str, set[str]] = {address: set() for address in self._bodies}
        for address, others in self._references.items():
            for other in others:
                if self._region[address] == self._region[other] == GLOBAL_REGION:
                    near[address].add(other)
                    near[other].add(address)
        found = {address for address in self._bodies if self._anchor(address)}
        waiting = list(found)
        while waiting:
            for other in near[waiting.pop()] - found:
                found.add(other)
                waiting.append(other)
        return frozenset(found)

    def _anchor(self, address: str) -> bool:
        kind, body = self._bodies[address]
        if not self._regional(address) or (kind.startswith("aws_wafv2_") and self._guards_cloudfront(body)):
            return True
        if kind == "aws_cloudwatch_metric_alarm":
            return self._global_metrics(body)
        # Global services report their events in us-east-1; a rule there sends them on to the home region.
        return kind == "aws_cloudwatch_event_target" and f":events:{self._home}:" in str(body.get("arn"))

    def _global_metrics(self, body: Body) -> bool:
        namespaces = {body.get("namespace"), *(each.get("namespace") for each in _metrics(body))}
        if namespaces & _GLOBAL_NAMESPACES:
            return True
        # Metrics of CloudFront's web ACLs are in us-east-1; those of a regional one carry the dimension Region.
        return "AWS/WAFV2" in namespaces and "Region" not in json.dumps(body)

    def _guards_cloudfront(self, body: Body) -> bool:
        guarded = [body, *(self._configuration.get(each) for each in self._wafs(body))]
        return any(each.get("scope") == "CLOUDFRONT" for each in guarded)

    def _wafs(self, body: Body) -> Iterator[str]:
        for text in strings(body):
            yield from (found for found in self._configuration.mentioned(text) if "/aws_wafv2_web_acl." in found)


def _namespace(body: Body) -> str:
    return str(body.get("namespace") or next(iter(each["namespace"] for each in _metrics(body)), ""))


def _metrics(body: Body) -> list[Body]:
    return [metric for query in listed(body.get("metric_query")) for metric in listed(query.get("metric"))]
