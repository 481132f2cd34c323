"""CloudFront.9 and .10 for VPC origins, which checkov doesn't know, and ELB.18 for the listener they lead to.

Environments without a domain have no certificate for this hop and need a waiver.

Checkov passes an HTTP listener whose default action redirects, whatever its rules forward.
"""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value
from terraform_json.blocks import listed

_OLD = {"SSLv3", "TLSv1", "TLSv1.1"}


class OriginHopHttps(Rule):
    check_id = "CKV_SITECHAT_5"
    title = "CloudFront must speak HTTPS with TLS 1.2 to the load balancer"
    fix = (
        'set origin_protocol_policy to "https-only", origin_ssl_protocols to TLSv1.2 and the listener\'s protocol to '
        '"HTTPS" (needs a domain)'
    )
    resources = ("aws_cloudfront_vpc_origin", "aws_lb_listener")
    attributes = (
        "vpc_origin_endpoint_config/origin_protocol_policy",
        "vpc_origin_endpoint_config/origin_ssl_protocols/items",
        "protocol",
    )

    def broken(self, conf: Conf) -> bool:
        if self.entity_type == "aws_lb_listener":
            # A TCP listener passes TLS on to its target.
            return bool(value(conf, "protocol", "HTTP") == "HTTP")
        endpoints = nested_blocks(conf, "vpc_origin_endpoint_config")
        return not endpoints or any(_unsafe(endpoint) for endpoint in endpoints)


def _unsafe(endpoint: Conf) -> bool:
    protocols = {
        item for block in nested_blocks(endpoint, "origin_ssl_protocols") for item in listed(value(block, "items"))
    }
    return value(endpoint, "origin_protocol_policy") != "https-only" or not protocols or bool(protocols & _OLD)


check = OriginHopHttps()
