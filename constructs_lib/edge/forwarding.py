"""Origin request policies: what CloudFront tells the load balancer about a request."""

from __future__ import annotations

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.cloudfront_origin_request_policy import (
    CloudfrontOriginRequestPolicy,
    CloudfrontOriginRequestPolicyCookiesConfig,
    CloudfrontOriginRequestPolicyHeadersConfig,
    CloudfrontOriginRequestPolicyHeadersConfigHeaders,
    CloudfrontOriginRequestPolicyQueryStringsConfig,
)
from constructs import Construct

from constructs_lib.edge.policies import ALL_VIEWER, ALL_VIEWER_BUT_HOST, FORWARDED_PROTOCOL

# A policy names ten headers at most (CloudFront quotas).
PAGE_HEADERS = (
    "Accept",
    "Accept-Language",
    "Access-Control-Request-Headers",
    "Access-Control-Request-Method",
    "Origin",
    "Referer",
    "User-Agent",
)


@dataclass(frozen=True)
class Forwarding:
    """Ids of origin request policies: for what is passed on as it was sent, and for pages, under the origin's name."""

    direct: str = ALL_VIEWER
    pages: str = ALL_VIEWER_BUT_HOST


# AWS's own policies.
MANAGED = Forwarding()


class ViewerProtocol(Construct):
    """Policies that also say whether the viewer came over HTTPS, for a load balancer that sees HTTP alone.

    A policy can't leave out Host and add a header of CloudFront's at the same time, so requests for pages carry
    `PAGE_HEADERS` alone, besides cookies and query strings.
    """

    def __init__(self, scope: Construct, id_: str, *, name: str) -> None:
        super().__init__(scope, id_)
        direct = _policy(self, "direct", name, "allViewerAndWhitelistCloudFront", FORWARDED_PROTOCOL)
        pages = _policy(self, "pages", name, "whitelist", FORWARDED_PROTOCOL, *PAGE_HEADERS)
        self.forwarding = Forwarding(direct=direct.id, pages=pages.id)


def _policy(scope: Construct, id_: str, name: str, behaviour: str, *headers: str) -> CloudfrontOriginRequestPolicy:
    return CloudfrontOriginRequestPolicy(
        scope,
        id_,
        name=f"{name}-{id_}",
        comment="Says how the viewer came",
        cookies_config=CloudfrontOriginRequestPolicyCookiesConfig(cookie_behavior="all"),
        headers_config=CloudfrontOriginRequestPolicyHeadersConfig(
            header_behavior=behaviour,
            headers=CloudfrontOriginRequestPolicyHeadersConfigHeaders(items=sorted(headers)),
        ),
        query_strings_config=CloudfrontOriginRequestPolicyQueryStringsConfig(query_string_behavior="all"),
    )
