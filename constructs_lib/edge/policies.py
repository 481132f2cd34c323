"""CloudFront policies: the cache key of static paths, and security headers of answers."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.cloudfront_cache_policy import (
    CloudfrontCachePolicy,
    CloudfrontCachePolicyParametersInCacheKeyAndForwardedToOrigin,
    CloudfrontCachePolicyParametersInCacheKeyAndForwardedToOriginCookiesConfig,
    CloudfrontCachePolicyParametersInCacheKeyAndForwardedToOriginHeadersConfig,
    CloudfrontCachePolicyParametersInCacheKeyAndForwardedToOriginHeadersConfigHeaders,
    CloudfrontCachePolicyParametersInCacheKeyAndForwardedToOriginQueryStringsConfig,
)
from cdktf_cdktf_provider_aws.cloudfront_response_headers_policy import (
    CloudfrontResponseHeadersPolicy,
    CloudfrontResponseHeadersPolicySecurityHeadersConfig,
    CloudfrontResponseHeadersPolicySecurityHeadersConfigContentSecurityPolicy,
    CloudfrontResponseHeadersPolicySecurityHeadersConfigContentTypeOptions,
    CloudfrontResponseHeadersPolicySecurityHeadersConfigFrameOptions,
    CloudfrontResponseHeadersPolicySecurityHeadersConfigReferrerPolicy,
    CloudfrontResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurity,
)
from constructs import Construct

# Managed policies, the same in every account (CloudFront developer guide).
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
ALL_VIEWER_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
HOST_HEADER_ONLY = "bf0718e1-ba1e-49d1-88b1-f726733018ae"
# CloudFront adds it where a policy asks for it: the protocol of the viewer's own request.
FORWARDED_PROTOCOL = "CloudFront-Forwarded-Proto"
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'; form-action 'self'"
)
DAY_SECONDS = 86_400
YEAR_SECONDS = 365 * DAY_SECONDS


class StaticCaching(Construct):
    """Cache key of static paths: the path alone, compressed with Brotli or gzip; a day unless the origin says less.

    `by_protocol` puts the viewer's protocol into the key, and so tells the load balancer: one that answers HTTP with a
    redirect would else have it kept for those who came over HTTPS.
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, by_protocol: bool = False) -> None:
        super().__init__(scope, id_)
        key = CloudfrontCachePolicyParametersInCacheKeyAndForwardedToOrigin(
            enable_accept_encoding_brotli=True,
            enable_accept_encoding_gzip=True,
            cookies_config=CloudfrontCachePolicyParametersInCacheKeyAndForwardedToOriginCookiesConfig(
                cookie_behavior="none"
            ),
            headers_config=_key_headers(FORWARDED_PROTOCOL) if by_protocol else _key_headers(),
            query_strings_config=CloudfrontCachePolicyParametersInCacheKeyAndForwardedToOriginQueryStringsConfig(
                query_string_behavior="none"
            ),
        )
        self.policy = CloudfrontCachePolicy(
            self,
            "policy",
            name=name,
            comment="Static files: the path is the key",
            min_ttl=0,
            default_ttl=DAY_SECONDS,
            max_ttl=YEAR_SECONDS,
            parameters_in_cache_key_and_forwarded_to_origin=key,
        )
        self.id: str = self.policy.id


def _key_headers(*names: str) -> CloudfrontCachePolicyParametersInCacheKeyAndForwardedToOriginHeadersConfig:
    return CloudfrontCachePolicyParametersInCacheKeyAndForwardedToOriginHeadersConfig(
        header_behavior="whitelist" if names else "none",
        headers=CloudfrontCachePolicyParametersInCacheKeyAndForwardedToOriginHeadersConfigHeaders(items=list(names))
        if names
        else None,
    )


class SecurityHeaders(Construct):
    """HSTS for a year, no framing, no sniffing, a same-origin content security policy, no referrer to other sites.

    `hsts_preload` consents to the list of HTTPS-only domains that browsers ship, which takes months to leave.
    `inline_styles` are hashes of the inline styles that pages may have besides the site's own files.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        hsts_preload: bool = False,
        inline_styles: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id_)
        headers = CloudfrontResponseHeadersPolicySecurityHeadersConfig(
            strict_transport_security=CloudfrontResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurity(
                access_control_max_age_sec=YEAR_SECONDS, include_subdomains=True, preload=hsts_preload, override=True
            ),
            content_type_options=CloudfrontResponseHeadersPolicySecurityHeadersConfigContentTypeOptions(override=True),
            frame_options=CloudfrontResponseHeadersPolicySecurityHeadersConfigFrameOptions(
                frame_option="DENY", override=True
            ),
            referrer_policy=CloudfrontResponseHeadersPolicySecurityHeadersConfigReferrerPolicy(
                referrer_policy="same-origin", override=True
            ),
            # The application may send a policy of its own for pages that need one.
            content_security_policy=CloudfrontResponseHeadersPolicySecurityHeadersConfigContentSecurityPolicy(
                content_security_policy="; ".join((CONTENT_SECURITY_POLICY, *_styles(inline_styles))), override=False
            ),
        )
        self.policy = CloudfrontResponseHeadersPolicy(
            self, "policy", name=name, comment="Security headers", security_headers_config=headers
        )
        self.id: str = self.policy.id


def _styles(hashes: Sequence[str]) -> tuple[str, ...]:
    return (f"style-src 'self' {' '.join(hashes)}",) if hashes else ()
