"""ELB.21 and .22: checkov checks a target group's protocol only where its listener speaks no TLS."""

from __future__ import annotations

from policies.rule import Conf, Rule, nested_blocks, value

_ENCRYPTED = ("HTTPS", "TLS")


class TargetGroupHttps(Rule):
    check_id = "CKV_SITECHAT_64"
    title = "A load balancer must speak TLS with its targets"
    fix = 'set protocol and health_check.protocol to "HTTPS" (service.tls_to_task)'
    resources = ("aws_lb_target_group",)
    attributes = ("protocol", "health_check/protocol")

    def broken(self, conf: Conf) -> bool:
        # Target groups of functions have no protocol: the load balancer calls the Lambda API.
        if value(conf, "target_type") == "lambda":
            return False
        checks = nested_blocks(conf, "health_check")
        asked = [value(conf, "protocol"), *(value(check, "protocol", "HTTP") for check in checks or [{}])]
        return any(protocol not in _ENCRYPTED for protocol in asked)


check = TargetGroupHttps()
