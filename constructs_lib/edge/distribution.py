"""The CloudFront distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.cloudfront_distribution import (
    CloudfrontDistribution,
    CloudfrontDistributionCustomErrorResponse,
    CloudfrontDistributionOrderedCacheBehavior,
    CloudfrontDistributionOrigin,
    CloudfrontDistributionOriginGroup,
    CloudfrontDistributionOriginGroupFailoverCriteria,
    CloudfrontDistributionOriginGroupMember,
    CloudfrontDistributionOriginVpcOriginConfig,
    CloudfrontDistributionRestrictions,
    CloudfrontDistributionRestrictionsGeoRestriction,
    CloudfrontDistributionViewerCertificate,
)
from constructs import Construct

from constructs_lib.edge.behaviours import ALL_METHODS, READ_METHODS, CacheBehaviours
from constructs_lib.edge.waf import CHAT_PREFIX

# Ids of origins. The service has two: answers are streamed for as long as they take, a page has to come soon.
SERVICE, PAGES, FALLBACK, PAGES_OR_FALLBACK = "service", "pages", "fallback", "pages-or-fallback"
# Codes that lead to the fallback: the service can't be reached, has no task or is too slow. Its own 500 is an answer.
FAILOVER_CODES = (502, 503, 504)
PAGE_READ_TIMEOUT_SECONDS = 10
# Object behind the visitor's `/`, and the path that monitors ask (docs/application-contract.md).
PAGE, HEALTH_PATH = "index.html", "/health"
VIEWER_TLS = "TLSv1.2_2021"


@dataclass(frozen=True)
class ServiceOrigin:
    """The load balancer behind a VPC origin.

    `domain` is sent as the Host header where the visitor's isn't, and has to be in the load balancer's certificate if
    it has one; the way there is the VPC origin's alone. `read_timeout_seconds` is the longest silence of an answer, 1
    to 60, more with a raised quota (CloudFront quotas); streamed answers send keep-alives well within it.
    """

    domain: str
    vpc_origin_id: str
    read_timeout_seconds: int = 60


@dataclass(frozen=True)
class FallbackOrigin:
    """A private bucket with the page for when the service is down, and the access control that signs for it."""

    domain: str
    access_control_id: str


@dataclass(frozen=True)
class AlternateDomainNames:
    """The site's own names, and their viewer certificate in us-east-1."""

    aliases: Sequence[str]
    certificate_arn: str


class Distribution(Construct):
    """A distribution for the service: `/api/*` with all methods, static paths cached, the rest read and uncached.

    That rest falls back to a bucket with one page, which answers with status 200. CloudFront refuses changing methods
    on a path with a fallback, and the visitor's Host header would name no bucket.

    Args:
        names: without it CloudFront's own name and certificate.
        geo_allow: ISO 3166 alpha-2 codes of the countries served; none means everywhere.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        comment: str,
        service: ServiceOrigin,
        fallback: FallbackOrigin,
        behaviours: CacheBehaviours,
        web_acl_arn: str,
        names: AlternateDomainNames | None = None,
        price_class: str = "PriceClass_100",
        geo_allow: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id_)
        self.distribution = CloudfrontDistribution(
            self,
            "distribution",
            enabled=True,
            comment=comment,
            http_version="http2and3",
            is_ipv6_enabled=True,
            price_class=price_class,
            aliases=list(names.aliases) if names else None,
            web_acl_id=web_acl_arn,
            default_root_object=PAGE,
            origin=[_streams(service), _pages(service), _fallback(fallback)],
            origin_group=[_pages_or_fallback()],
            default_cache_behavior=behaviours.pages(PAGES_OR_FALLBACK),
            ordered_cache_behavior=_by_path(behaviours),
            custom_error_response=_uncached_errors(),
            restrictions=_countries(geo_allow),
            viewer_certificate=_certificate(names),
        )
        self.id: str = self.distribution.id
        self.arn: str = self.distribution.arn
        self.domain_name: str = self.distribution.domain_name
        self.hosted_zone_id: str = self.distribution.hosted_zone_id


def _by_path(behaviours: CacheBehaviours) -> list[CloudfrontDistributionOrderedCacheBehavior]:
    """Behaviours in order: the first whose path fits decides."""
    return [
        behaviours.direct(f"{CHAT_PREFIX}*", SERVICE, methods=ALL_METHODS),
        behaviours.direct(HEALTH_PATH, SERVICE, methods=READ_METHODS),
        *behaviours.static(SERVICE),
    ]


def _uncached_errors() -> list[CloudfrontDistributionCustomErrorResponse]:
    """CloudFront keeps error answers for 10 s by default, which would hide a recovery.

    The fallback answers 403 to every path but its page.
    """
    return [
        CloudfrontDistributionCustomErrorResponse(error_code=code, error_caching_min_ttl=0)
        for code in (403, 404, 500, 502, 503, 504)
    ]


def _countries(allowed: Sequence[str]) -> CloudfrontDistributionRestrictions:
    return CloudfrontDistributionRestrictions(
        geo_restriction=CloudfrontDistributionRestrictionsGeoRestriction(
            restriction_type="whitelist" if allowed else "none", locations=list(allowed) or None
        )
    )


def _streams(service: ServiceOrigin) -> CloudfrontDistributionOrigin:
    return CloudfrontDistributionOrigin(
        origin_id=SERVICE,
        domain_name=service.domain,
        vpc_origin_config=CloudfrontDistributionOriginVpcOriginConfig(
            vpc_origin_id=service.vpc_origin_id,
            origin_read_timeout=service.read_timeout_seconds,
            origin_keepalive_timeout=60,
        ),
    )


def _pages(service: ServiceOrigin) -> CloudfrontDistributionOrigin:
    """The origin of pages: it fails after two attempts of 15 s at most, since a visitor who waits gives up soon."""
    return CloudfrontDistributionOrigin(
        origin_id=PAGES,
        domain_name=service.domain,
        connection_attempts=2,
        connection_timeout=5,
        vpc_origin_config=CloudfrontDistributionOriginVpcOriginConfig(
            vpc_origin_id=service.vpc_origin_id,
            origin_read_timeout=min(PAGE_READ_TIMEOUT_SECONDS, service.read_timeout_seconds),
            origin_keepalive_timeout=60,
        ),
    )


def _fallback(fallback: FallbackOrigin) -> CloudfrontDistributionOrigin:
    return CloudfrontDistributionOrigin(
        origin_id=FALLBACK, domain_name=fallback.domain, origin_access_control_id=fallback.access_control_id
    )


def _pages_or_fallback() -> CloudfrontDistributionOriginGroup:
    return CloudfrontDistributionOriginGroup(
        origin_id=PAGES_OR_FALLBACK,
        failover_criteria=CloudfrontDistributionOriginGroupFailoverCriteria(status_codes=list(FAILOVER_CODES)),
        member=[CloudfrontDistributionOriginGroupMember(origin_id=each) for each in (PAGES, FALLBACK)],
    )


def _certificate(names: AlternateDomainNames | None) -> CloudfrontDistributionViewerCertificate:
    if names is None:
        return CloudfrontDistributionViewerCertificate(cloudfront_default_certificate=True)
    return CloudfrontDistributionViewerCertificate(
        acm_certificate_arn=names.certificate_arn, ssl_support_method="sni-only", minimum_protocol_version=VIEWER_TLS
    )
