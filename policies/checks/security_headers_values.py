"""Security headers with a weak value protect no better than none; CKV_AWS_259 checks HSTS only."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value

_YEAR_SECONDS = 365 * 86_400
_REFERRER = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}


class SecurityHeadersValues(Rule):
    check_id = "CKV_SITECHAT_28"
    title = "Security headers must keep scripts, frames and referrers to the site, and browsers on HTTPS for a year"
    fix = "send a content security policy without unsafe-inline or *, frame_option DENY, a strict referrer, HSTS"
    resources = ("aws_cloudfront_response_headers_policy",)
    attributes = (
        "security_headers_config/content_security_policy/content_security_policy",
        "security_headers_config/frame_options/frame_option",
        "security_headers_config/referrer_policy/referrer_policy",
        "security_headers_config/strict_transport_security/access_control_max_age_sec",
        "security_headers_config/strict_transport_security/include_subdomains",
    )

    def broken(self, conf: Conf) -> bool:
        return not any(_strict(config) for config in nested_blocks(conf, "security_headers_config"))


def _strict(config: Conf) -> bool:
    def header(block: str, key: str) -> str:
        return str(next((value(each, key) for each in nested_blocks(config, block)), ""))

    policy = header("content_security_policy", "content_security_policy")
    return (
        "default-src" in policy
        and "unsafe-inline" not in policy
        and "*" not in policy
        and header("frame_options", "frame_option") == "DENY"
        and header("referrer_policy", "referrer_policy") in _REFERRER
        and int(header("strict_transport_security", "access_control_max_age_sec") or 0) >= _YEAR_SECONDS
        and header("strict_transport_security", "include_subdomains").lower() == "true"
    )


check = SecurityHeadersValues()
