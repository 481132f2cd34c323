"""Routing table from services to emulators. Services are named as requests are signed.

ministack has nearly everything, and services that refer to each other have to stay together; so it is the default
and only the exceptions stand here, each with what ministack lacks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

EmulatorName = Literal["ministack", "moto"]

MOTO: dict[str, str] = {
    "guardduty": "absent in ministack",
    "signer": "absent in ministack; signing jobs are a shim",
    "xray": "absent in ministack; groups, sampling rules and the destination of spans are a shim",
    "synthetics": "absent in ministack. Planned use: observability",
    "ce": "absent in ministack; anomaly monitors are a shim. Planned use: cost reviews",
    "ec2": "ministack forgets flow log roles, endpoint groups and prefix list rules, and ignores ACL filters",
    "config": "ministack's rules have no tags operation, which the provider asks for",
    "ecr": "ministack's registry has no scanning, policy settings or replication (planned use: the second region)",
    "inspector2": "ministack enables scanning per resource type in a form the provider doesn't find again",
}

_SCOPE = re.compile(r"Credential=[^/]+/(\d{8})/(?:([^/,]+)/)?([^/,]+)/aws4_request")
# Prefixes of targets of unsigned requests, whose signing name follows from nothing else.
_TARGETS = {"CodeDeploy_": "codedeploy", "AnyScaleFrontendService": "application-autoscaling", "AWSWAF_": "wafv2"}


@dataclass(frozen=True)
class CredentialScope:
    """Service (signing name) and region of a request; the region is empty where the request has none."""

    service: str
    region: str


def emulator_for(service: str) -> EmulatorName:
    """The emulator that answers this service."""
    return "moto" if service in MOTO else "ministack"


def scope_of(path: str, headers: Mapping[str, str]) -> CredentialScope:
    """Read the credential scope; unsigned requests fall back to the target, then the host, then to nothing."""
    signed = headers.get("authorization", "")
    if "Credential=" not in signed:
        query = parse_qs(urlsplit(path).query)
        signed = "Credential=" + unquote(query.get("X-Amz-Credential", [""])[0])
    if match := _SCOPE.search(signed):
        region = match[2] or headers.get("x-amz-region-set", "")
        return CredentialScope(match[3], region)
    target = headers.get("x-amz-target", "")
    for prefix, service in _TARGETS.items():
        if target.startswith(prefix):
            return CredentialScope(service, "")
    host = headers.get("host", "").split(":")[0]
    if host.endswith(".amazonaws.com"):
        return CredentialScope(host.split(".")[0], "")
    return CredentialScope("", "")
