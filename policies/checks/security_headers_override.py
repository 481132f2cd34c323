"""Weak headers of the application win unless the policy overrides them; CKV_AWS_259 checks HSTS only."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value

_HEADERS = ("content_type_options", "frame_options", "referrer_policy", "strict_transport_security")


class SecurityHeadersOverride(Rule):
    check_id = "CKV_SITECHAT_19"
    title = "Security headers must override what the application sends"
    fix = "set override in each block of security_headers_config"
    resources = ("aws_cloudfront_response_headers_policy",)
    attributes = tuple(f"security_headers_config/{header}/override" for header in _HEADERS)

    def broken(self, conf: Conf) -> bool:
        headers = nested_blocks(conf, "security_headers_config")
        set_blocks = [block for config in headers for header in _HEADERS for block in nested_blocks(config, header)]
        overriding = [block for block in set_blocks if value(block, "override") in (True, "true")]
        return len(overriding) < max(len(_HEADERS), len(set_blocks))


check = SecurityHeadersOverride()
