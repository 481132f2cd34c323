"""The CloudFront distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.cloudfront_distribution import (
    CloudfrontDistribution,
    CloudfrontDistributionCustomErrorResponse,
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

from constructs_lib.edge.behaviours import ALL_METHODS, READ_METHODS, cached, direct, pages
from constructs_lib.edge.forwarding import MANAGED, Forwarding
from constructs_lib.edge.waf import CHAT_PREFIX

# The service twice: answers are streamed for as long as they take, a page has to come soon.
SERVICE, PAGES, FALLBACK, PAGES_OR_FALLBACK = "service", "pages", "fallback", "pages-or-fallback"
# The service can't be reached or has no task, or doesn't answer in time. Its own 500 is an answer.
FAILOVER_CODES = (502, 503, 504)
PAGE_READ_TIMEOUT_SECONDS = 10
# What the visitor's `/` asks the application for, and what a monitor asks (docs/application-contract.md).
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


class Distribution(Construct):
    """Everything goes to the service: `/api/*` with all methods, `static_paths` cached, the rest read and uncached.

    That rest falls back to a bucket with one page, which answers with status 200. CloudFront refuses changing methods
    on a path with a fallback, and the visitor's Host header would name no bucket.

    Args:
        certificate_arn: viewer certificate in us-east-1 for `aliases`; without it CloudFront's own name and
            certificate.
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
        web_acl_arn: str,
        static_cache_policy_id: str,
        headers_policy_id: str,
        forwarding: Forwarding = MANAGED,
        static_paths: Sequence[str] = ("/static/*",),
        price_class: str = "PriceClass_100",
        aliases: Sequence[str] = (),
        certificate_arn: str | None = None,
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
            aliases=list(aliases) or None,
            web_acl_id=web_acl_arn,
            default_root_object=PAGE,
            origin=[_streams(service), _pages(service), _fallback(fallback)],
            origin_group=[_pages_or_fallback()],
            default_cache_behavior=pages(PAGES_OR_FALLBACK, forwarding.pages, headers_policy_id),
            # The first that fits decides.
            ordered_cache_behavior=[
                direct(f"{CHAT_PREFIX}*", SERVICE, forwarding.direct, headers_policy_id, ALL_METHODS),
                direct(HEALTH_PATH, SERVICE, forwarding.direct, headers_policy_id, READ_METHODS),
                *(cached(path, SERVICE, static_cache_policy_id, headers_policy_id) for path in static_paths),
            ],
            # CloudFront keeps error answers for 10 s by default, which would hide a recovery. The fallback says 403 to
            # whatever isn't its page.
            custom_error_response=[
                CloudfrontDistributionCustomErrorResponse(error_code=code, error_caching_min_ttl=0)
                for code in (403, 404, 500, 502, 503, 504)
            ],
            restrictions=CloudfrontDistributionRestrictions(
                geo_restriction=CloudfrontDistributionRestrictionsGeoRestriction(
                    restriction_type="whitelist" if geo_allow else "none", locations=list(geo_allow) or None
                )
            ),
            viewer_certificate=_certificate(certificate_arn),
        )
        self.id: str = self.distribution.id
        self.arn: str = self.distribution.arn
        self.domain_name: str = self.distribution.domain_name
        self.hosted_zone_id: str = self.distribution.hosted_zone_id


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
    """Whoever waits for a page gives up soon, so its failure is known soon: after two attempts of 15 s at most."""
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


def _certificate(arn: str | None) -> CloudfrontDistributionViewerCertificate:
    if arn is None:
        return CloudfrontDistributionViewerCertificate(cloudfront_default_certificate=True)
    return CloudfrontDistributionViewerCertificate(
        acm_certificate_arn=arn, ssl_support_method="sni-only", minimum_protocol_version=VIEWER_TLS
    )
