"""Cache behaviours of the distribution: by path, what CloudFront caches, forwards and allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.cloudfront_distribution import (
    CloudfrontDistributionDefaultCacheBehavior,
    CloudfrontDistributionOrderedCacheBehavior,
)

from constructs_lib.edge.forwarding import MANAGED, Forwarding
from constructs_lib.edge.policies import CACHING_DISABLED, HOST_HEADER_ONLY

ALL_METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE")
READ_METHODS = ("GET", "HEAD")


@dataclass(frozen=True)
class CacheBehaviours:
    """Policies of the distribution's cache behaviours, and the static paths, which are the same for everybody."""

    headers_policy_id: str
    static_cache_policy_id: str
    static_paths: Sequence[str] = ("/static/*",)
    forwarding: Forwarding = MANAGED

    def pages(self, origin_id: str) -> CloudfrontDistributionDefaultCacheBehavior:
        """The default behaviour: pages are read and not cached.

        The Host header is the origin's own name and not the visitor's.
        """
        return CloudfrontDistributionDefaultCacheBehavior(
            target_origin_id=origin_id,
            viewer_protocol_policy="redirect-to-https",
            allowed_methods=[*READ_METHODS, "OPTIONS"],
            cached_methods=list(READ_METHODS),
            compress=True,
            cache_policy_id=CACHING_DISABLED,
            origin_request_policy_id=self.forwarding.pages,
            response_headers_policy_id=self.headers_policy_id,
        )

    def direct(
        self, path: str, origin_id: str, *, methods: Sequence[str]
    ) -> CloudfrontDistributionOrderedCacheBehavior:
        """A path whose requests reach the application as they were sent, and whose answers aren't cached."""
        return CloudfrontDistributionOrderedCacheBehavior(
            path_pattern=path,
            target_origin_id=origin_id,
            viewer_protocol_policy="redirect-to-https",
            allowed_methods=list(methods),
            cached_methods=list(READ_METHODS),
            compress=True,
            cache_policy_id=CACHING_DISABLED,
            origin_request_policy_id=self.forwarding.direct,
            response_headers_policy_id=self.headers_policy_id,
        )

    def static(self, origin_id: str) -> list[CloudfrontDistributionOrderedCacheBehavior]:
        """The static paths, cached."""
        return [self._cached(path, origin_id) for path in self.static_paths]

    def _cached(self, path: str, origin_id: str) -> CloudfrontDistributionOrderedCacheBehavior:
        return CloudfrontDistributionOrderedCacheBehavior(
            path_pattern=path,
            target_origin_id=origin_id,
            viewer_protocol_policy="redirect-to-https",
            allowed_methods=list(READ_METHODS),
            cached_methods=list(READ_METHODS),
            compress=True,
            cache_policy_id=self.static_cache_policy_id,
            # The load balancer's certificate names the site: a request under the balancer's own name would end in 502.
            origin_request_policy_id=HOST_HEADER_ONLY,
            response_headers_policy_id=self.headers_policy_id,
        )
