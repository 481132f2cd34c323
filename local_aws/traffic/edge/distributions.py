"""Distributions, read from CloudFront's API into what a request needs of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.traffic.edge.selections import items


@dataclass(frozen=True)
class Origin:
    """One origin. `kind` is "vpc", "bucket" or "custom"; times are in seconds.

    `access_control` signs what is asked of a bucket; `host` is sent as the Host header in the place of the domain;
    `gaps` names settings that nothing here acts on.
    """

    id: str
    kind: str
    domain: str
    path: str
    headers: tuple[tuple[str, str], ...]
    attempts: int
    connect_timeout: float
    read_timeout: float
    vpc_origin_id: str = ""
    access_control: str = ""
    host: str = ""
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True)
class VpcOrigin:
    """A VPC origin: the load balancer that it leads to, and its port by protocol."""

    id: str
    name: str
    balancer_arn: str
    http_port: int
    https_port: int
    protocol_policy: str

    def protocol(self, viewer: str) -> str:
        """ "http" or "https", by the policy and what the viewer came with."""
        return viewer if self.protocol_policy == "match-viewer" else self.protocol_policy.removesuffix("-only")

    def port(self, protocol: str) -> int:
        """Port of the load balancer for a protocol."""
        return self.https_port if protocol == "https" else self.http_port


@dataclass(frozen=True)
class OriginGroup:
    """Two origins, and the status codes of the first that lead to the second."""

    id: str
    members: tuple[str, ...]
    codes: frozenset[int]


@dataclass(frozen=True)
class Behaviour:
    """One cache behaviour; `gaps` names its settings that nothing here acts on."""

    pattern: str
    target: str
    viewer_protocol: str
    methods: tuple[str, ...]
    compress: bool
    cache_policy_id: str
    origin_request_policy_id: str
    headers_policy_id: str
    functions: tuple[tuple[str, str], ...]
    gaps: tuple[str, ...]

    @property
    def name(self) -> str:
        """The path pattern, or "default"."""
        return f"behaviour {self.pattern}" if self.pattern else "default behaviour"

    def function(self, event: str) -> str | None:
        """ARN of the function for an event, such as viewer-request."""
        return next((arn for kind, arn in self.functions if kind == event), None)


@dataclass(frozen=True)
class CustomError:
    """What a visitor gets instead of an error; the error is kept for `min_ttl` seconds."""

    page_path: str
    response_code: int | None
    min_ttl: int


@dataclass(frozen=True)
class Distribution:
    """One distribution; `behaviours` are in order, the default one last."""

    id: str
    arn: str
    domain: str
    aliases: tuple[str, ...]
    enabled: bool
    root_object: str
    origins: Mapping[str, Origin]
    groups: Mapping[str, OriginGroup]
    behaviours: tuple[Behaviour, ...]
    errors: Mapping[int, CustomError]
    web_acl_arn: str
    geo_restricted: bool
    gaps: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name in a road."""
        return f"distribution {self.id}"


def distribution(given: Mapping[str, Any]) -> Distribution:
    """A `Distribution` of GetDistribution."""
    config = given["DistributionConfig"]
    ordered = [_behaviour(each) for each in items(config.get("CacheBehaviors"))]
    return Distribution(
        id=given["Id"],
        arn=given["ARN"],
        domain=given["DomainName"].lower(),
        aliases=tuple(each.lower() for each in items(config.get("Aliases"))),
        # A staging distribution gets what a continuous deployment policy sends there, never a visitor by itself.
        enabled=bool(config["Enabled"]) and not config.get("Staging"),
        root_object=config.get("DefaultRootObject") or "",
        origins={each["Id"]: _origin(each) for each in items(config["Origins"])},
        groups={each["Id"]: _group(each) for each in items(config.get("OriginGroups"))},
        behaviours=(*ordered, _behaviour(config["DefaultCacheBehavior"])),
        errors={int(each["ErrorCode"]): _error(each) for each in items(config.get("CustomErrorResponses"))},
        web_acl_arn=config.get("WebACLId") or "",
        geo_restricted=_geo(config) != "none",
        gaps=tuple(_distribution_gaps(config)),
    )


def vpc_origin(given: Mapping[str, Any]) -> VpcOrigin:
    """A `VpcOrigin` of GetVpcOrigin."""
    config = given["VpcOriginEndpointConfig"]
    return VpcOrigin(
        id=given["Id"],
        name=config["Name"],
        balancer_arn=config["Arn"],
        http_port=int(config["HTTPPort"]),
        https_port=int(config["HTTPSPort"]),
        protocol_policy=config["OriginProtocolPolicy"],
    )


def _distribution_gaps(config: Mapping[str, Any]) -> list[str]:
    groups = items(config.get("OriginGroups"))
    found = {
        "continuous deployment": bool(config.get("ContinuousDeploymentPolicyId")),
        "viewers' certificates": bool(config.get("ViewerMtlsConfig")),
        "tenants": config.get("ConnectionMode", "direct") != "direct",
        "origins chosen by media quality": any(
            each.get("SelectionCriteria", "default") != "default" for each in groups
        ),
    }
    return [name for name, there in found.items() if there]


def _geo(config: Mapping[str, Any]) -> str:
    restriction = (config.get("Restrictions") or {}).get("GeoRestriction") or {}
    return str(restriction.get("RestrictionType", "none"))


def _origin(given: Mapping[str, Any]) -> Origin:
    """Defaults: 3 attempts of 10 s, 30 s for an answer (CloudFront API, Origin and VpcOriginConfig)."""
    vpc, custom = given.get("VpcOriginConfig") or {}, given.get("CustomOriginConfig") or {}
    return Origin(
        id=given["Id"],
        kind="vpc" if vpc else "custom" if custom else "bucket",
        domain=given["DomainName"],
        path=given.get("OriginPath") or "",
        headers=tuple((each["HeaderName"], each["HeaderValue"]) for each in items(given.get("CustomHeaders"))),
        attempts=int(given.get("ConnectionAttempts") or 3),
        connect_timeout=float(given.get("ConnectionTimeout") or 10),
        read_timeout=float((vpc or custom).get("OriginReadTimeout") or 30),
        vpc_origin_id=vpc.get("VpcOriginId", ""),
        access_control=given.get("OriginAccessControlId") or "",
        gaps=tuple(_origin_gaps(given)),
    )


def _origin_gaps(given: Mapping[str, Any]) -> list[str]:
    identity = (given.get("S3OriginConfig") or {}).get("OriginAccessIdentity")
    found = {
        "custom origins outside a VPC": bool(given.get("CustomOriginConfig")),
        "origin access identities": bool(identity),
        "a response completion timeout": bool(given.get("ResponseCompletionTimeout")),
    }
    return [name for name, there in found.items() if there]


def _group(given: Mapping[str, Any]) -> OriginGroup:
    members = tuple(each["OriginId"] for each in items(given["Members"]))
    return OriginGroup(given["Id"], members, frozenset(map(int, items(given["FailoverCriteria"]["StatusCodes"]))))


def _behaviour(given: Mapping[str, Any]) -> Behaviour:
    functions = items(given.get("FunctionAssociations"))
    return Behaviour(
        pattern=given.get("PathPattern", ""),
        target=given["TargetOriginId"],
        viewer_protocol=given["ViewerProtocolPolicy"],
        methods=tuple(items(given.get("AllowedMethods"))) or ("GET", "HEAD"),
        compress=bool(given.get("Compress")),
        cache_policy_id=given.get("CachePolicyId") or "",
        origin_request_policy_id=given.get("OriginRequestPolicyId") or "",
        headers_policy_id=given.get("ResponseHeadersPolicyId") or "",
        functions=tuple((each["EventType"], each["FunctionARN"]) for each in functions),
        gaps=tuple(_gaps(given)),
    )


def _gaps(given: Mapping[str, Any]) -> list[str]:
    found = {
        "a behaviour without a cache policy": not given.get("CachePolicyId"),
        "Lambda@Edge": bool(items(given.get("LambdaFunctionAssociations"))),
        "signed URLs by trusted signers": bool((given.get("TrustedSigners") or {}).get("Enabled")),
        "signed URLs by key groups": bool((given.get("TrustedKeyGroups") or {}).get("Enabled")),
        "field-level encryption": bool(given.get("FieldLevelEncryptionId")),
        "gRPC": bool((given.get("GrpcConfig") or {}).get("Enabled")),
        "smooth streaming": bool(given.get("SmoothStreaming")),
    }
    return [name for name, there in found.items() if there]


def _error(given: Mapping[str, Any]) -> CustomError:
    code = given.get("ResponseCode")
    # Unset, an error is kept for 10 s (CloudFront guide, error caching).
    kept = given.get("ErrorCachingMinTTL")
    return CustomError(
        given.get("ResponsePagePath") or "", int(code) if code else None, 10 if kept is None else int(kept)
    )
