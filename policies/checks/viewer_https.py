"""Rules of an HTTP listener must check that the viewer came to CloudFront over HTTPS."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value
from terraform_json.blocks import listed

_HEADER = "cloudfront-forwarded-proto"


class ViewerHttps(Rule):
    check_id = "CKV_SITECHAT_65"
    title = "A listener rule must forward only what viewers asked for over HTTPS"
    fix = 'add a condition on the header CloudFront-Forwarded-Proto with the value "https"'
    resources = ("aws_lb_listener_rule",)
    attributes = ("action/type", "condition/http_header/http_header_name", "condition/http_header/values")

    def broken(self, conf: Conf) -> bool:
        forwards = any(value(action, "type") == "forward" for action in nested_blocks(conf, "action"))
        return forwards and not any(_https_alone(condition) for condition in nested_blocks(conf, "condition"))


def _https_alone(condition: Conf) -> bool:
    return any(
        str(value(header, "http_header_name")).lower() == _HEADER and _flat(header.get("values")) == ["https"]
        for header in nested_blocks(condition, "http_header")
    )


def _flat(found: object) -> list[object]:
    """Values as one list: checkov wraps a list in another list, plans don't."""
    return [each for item in listed(found) for each in listed(item)]


check = ViewerHttps()
