"""CloudFront.9 and .10 for VPC origins, which checkov doesn't know. No domain, no certificate: waive."""

from policies.rule import Conf, Rule, blocks, listed, value

_OLD = {"SSLv3", "TLSv1", "TLSv1.1"}


class VpcOriginHttps(Rule):
    check_id = "CKV_SITECHAT_5"
    title = "CloudFront must reach its VPC origin over HTTPS with TLS 1.2"
    fix = 'set origin_protocol_policy to "https-only" and origin_ssl_protocols to TLSv1.2 (needs a domain)'
    resources = ("aws_cloudfront_vpc_origin",)
    attributes = (
        "vpc_origin_endpoint_config/origin_protocol_policy",
        "vpc_origin_endpoint_config/origin_ssl_protocols/items",
    )

    def broken(self, conf: Conf) -> bool:
        endpoints = blocks(conf, "vpc_origin_endpoint_config")
        return not endpoints or any(_unsafe(endpoint) for endpoint in endpoints)


def _unsafe(endpoint: Conf) -> bool:
    protocols = {item for block in blocks(endpoint, "origin_ssl_protocols") for item in listed(value(block, "items"))}
    return value(endpoint, "origin_protocol_policy") != "https-only" or not protocols or bool(protocols & _OLD)


check = VpcOriginHttps()
