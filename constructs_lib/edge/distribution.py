"""The CloudFront distribution."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.cloudfront_distribution import (
    CloudfrontDistribution,
    CloudfrontDistributionCustomErrorResponse,
    CloudfrontDistributionDefaultCacheBehavior,
    CloudfrontDistributionOrderedCacheBehavior,
    CloudfrontDistributionOrigin,
    CloudfrontDistributionOriginVpcOriginConfig,
    CloudfrontDistributionRestrictions,
    CloudfrontDistributionRestrictionsGeoRestriction,
    CloudfrontDistributionViewerCertificate,
)
from constructs import Construct

from constructs_lib.edge.policies import ALL_VIEWER, CACHING_DISABLED, HOST_HEADER_ONLY

ORIGIN = "service"
ALL_METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
READ_METHODS = ["GET", "HEAD"]
# What the visitor's `/` asks the application for (docs/application-contract.md).
PAGE = "index.html"
VIEWER_TLS = "TLSv1.2_2021"


class Distribution(Construct):
    """Everything goes to the service uncached with all methods, except `static_paths`, which are cached.

    Args:
        read_timeout_seconds: longest silence of the origin, 1 to 60, more with a raised quota (CloudFront quotas);
            streamed answers send keep-alives well within it.
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
        origin_domain: str,
        vpc_origin_id: str,
        web_acl_arn: str,
        static_cache_policy_id: str,
        headers_policy_id: str,
        static_paths: Sequence[str] = ("/static/*",),
        read_timeout_seconds: int = 60,
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
            origin=[_origin(origin_domain, vpc_origin_id, read_timeout_seconds)],
            default_cache_behavior=_uncached(headers_policy_id),
            ordered_cache_behavior=[_cached(path, static_cache_policy_id, headers_policy_id) for path in static_paths],
            # CloudFront keeps error answers for 10 s by default, which would hide a recovery.
            custom_error_response=[
                CloudfrontDistributionCustomErrorResponse(error_code=code, error_caching_min_ttl=0)
                for code in (404, 500, 502, 503, 504)
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


def _origin(domain: str, vpc_origin_id: str, read_timeout_seconds: int) -> CloudfrontDistributionOrigin:
    return CloudfrontDistributionOrigin(
        origin_id=ORIGIN,
        domain_name=domain,
        vpc_origin_config=CloudfrontDistributionOriginVpcOriginConfig(
            vpc_origin_id=vpc_origin_id,
            origin_read_timeout=read_timeout_seconds,
            origin_keepalive_timeout=60,
        ),
    )


def _uncached(headers_policy_id: str) -> CloudfrontDistributionDefaultCacheBehavior:
    return CloudfrontDistributionDefaultCacheBehavior(
        target_origin_id=ORIGIN,
        viewer_protocol_policy="redirect-to-https",
        allowed_methods=ALL_METHODS,
        cached_methods=READ_METHODS,
        compress=True,
        cache_policy_id=CACHING_DISABLED,
        origin_request_policy_id=ALL_VIEWER,
        response_headers_policy_id=headers_policy_id,
    )


def _cached(path: str, cache_policy_id: str, headers_policy_id: str) -> CloudfrontDistributionOrderedCacheBehavior:
    return CloudfrontDistributionOrderedCacheBehavior(
        path_pattern=path,
        target_origin_id=ORIGIN,
        viewer_protocol_policy="redirect-to-https",
        allowed_methods=READ_METHODS,
        cached_methods=READ_METHODS,
        compress=True,
        cache_policy_id=cache_policy_id,
        # The load balancer's certificate names the site: a request under the balancer's own name would end in 502.
        origin_request_policy_id=HOST_HEADER_ONLY,
        response_headers_policy_id=headers_policy_id,
    )


def _certificate(arn: str | None) -> CloudfrontDistributionViewerCertificate:
    if arn is None:
        return CloudfrontDistributionViewerCertificate(cloudfront_default_certificate=True)
    return CloudfrontDistributionViewerCertificate(
        acm_certificate_arn=arn, ssl_support_method="sni-only", minimum_protocol_version=VIEWER_TLS
    )
