"""Certificates validated by e-mail are renewed only if somebody answers a mail; DNS records renew them unattended."""

from __future__ import annotations

from policies.rule import Conf, Rule, value


class AcmDnsValidation(Rule):
    check_id = "CKV_SITECHAT_54"
    title = "A certificate must be validated by DNS"
    fix = 'set validation_method to "DNS"'
    resources = ("aws_acm_certificate",)
    attributes = ("validation_method",)

    def broken(self, conf: Conf) -> bool:
        asked_of_acm = bool(value(conf, "domain_name")) and not value(conf, "certificate_authority_arn")
        return asked_of_acm and value(conf, "validation_method") != "DNS"


check = AcmDnsValidation()
