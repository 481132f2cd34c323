"""ELB.21 and .22: checkov asks a target group for TLS only where its listener speaks none."""

from __future__ import annotations

from policies.rule import Conf, Rule, blocks, value

_ENCRYPTED = ("HTTPS", "TLS")


class TargetGroupHttps(Rule):
    check_id = "CKV_SITECHAT_64"
    title = "A load balancer must speak TLS with its targets"
    fix = 'set protocol and health_check.protocol to "HTTPS" (service.tls_to_task)'
    resources = ("aws_lb_target_group",)
    attributes = ("protocol", "health_check/protocol")

    def broken(self, conf: Conf) -> bool:
        # A group of functions has no protocol: the load balancer calls them through AWS's own interface.
        if value(conf, "target_type") == "lambda":
            return False
        checks = blocks(conf, "health_check")
        asked = [value(conf, "protocol"), *(value(check, "protocol", "HTTP") for check in checks or [{}])]
        return any(protocol not in _ENCRYPTED for protocol in asked)


check = TargetGroupHttps()
