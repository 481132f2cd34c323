"""How CloudFront treats a request: by path, what is cached, forwarded and allowed."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.cloudfront_distribution import (
    CloudfrontDistributionDefaultCacheBehavior,
    CloudfrontDistributionOrderedCacheBehavior,
)

from constructs_lib.edge.policies import CACHING_DISABLED, HOST_HEADER_ONLY

ALL_METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE")
READ_METHODS = ("GET", "HEAD")


def pages(origin_id: str, request_policy_id: str, headers_policy_id: str) -> CloudfrontDistributionDefaultCacheBehavior:
    """What no other behaviour takes: read and uncached.

    The Host header is the origin's own name and not the visitor's.
    """
    return CloudfrontDistributionDefaultCacheBehavior(
        target_origin_id=origin_id,
        viewer_protocol_policy="redirect-to-https",
        allowed_methods=[*READ_METHODS, "OPTIONS"],
        cached_methods=list(READ_METHODS),
        compress=True,
        cache_policy_id=CACHING_DISABLED,
        origin_request_policy_id=request_policy_id,
        response_headers_policy_id=headers_policy_id,
    )


def direct(
    path: str, origin_id: str, request_policy_id: str, headers_policy_id: str, methods: Sequence[str]
) -> CloudfrontDistributionOrderedCacheBehavior:
    """Every request reaches the application as it was sent, and every answer the visitor as it comes: uncached."""
    return CloudfrontDistributionOrderedCacheBehavior(
        path_pattern=path,
        target_origin_id=origin_id,
        viewer_protocol_policy="redirect-to-https",
        allowed_methods=list(methods),
        cached_methods=list(READ_METHODS),
        compress=True,
        cache_policy_id=CACHING_DISABLED,
        origin_request_policy_id=request_policy_id,
        response_headers_policy_id=headers_policy_id,
    )


def cached(
    path: str, origin_id: str, cache_policy_id: str, headers_policy_id: str
) -> CloudfrontDistributionOrderedCacheBehavior:
    """Files that are the same for everybody."""
    return CloudfrontDistributionOrderedCacheBehavior(
        path_pattern=path,
        target_origin_id=origin_id,
        viewer_protocol_policy="redirect-to-https",
        allowed_methods=list(READ_METHODS),
        cached_methods=list(READ_METHODS),
        compress=True,
        cache_policy_id=cache_policy_id,
        # The load balancer's certificate names the site: a request under the balancer's own name would end in 502.
        origin_request_policy_id=HOST_HEADER_ONLY,
        response_headers_policy_id=headers_policy_id,
    )
