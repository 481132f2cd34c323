"""TLS listeners need a certificate; the provider doesn't check for one, so a missing one fails only at apply."""

from __future__ import annotations

from policies.rule import Conf, Rule, value


class ListenerCertificate(Rule):
    check_id = "CKV_SITECHAT_44"
    title = "A listener that speaks TLS must have a certificate"
    fix = "set certificate_arn"
    resources = ("aws_lb_listener",)
    attributes = ("certificate_arn",)

    def broken(self, conf: Conf) -> bool:
        return value(conf, "protocol") in ("HTTPS", "TLS") and not value(conf, "certificate_arn")


check = ListenerCertificate()
