"""`force_destroy` contradicts `prevent_destroy`: once the latter is removed, a destroy deletes the content, too."""

from __future__ import annotations

from policies.rule import Conf, Rule, destroy_refused, value

_SWITCHES = ("force_delete", "force_destroy")


class KeptContent(Rule):
    check_id = "CKV_SITECHAT_31"
    title = "What is kept from being destroyed must not be emptied for it either"
    fix = "turn force_destroy (force_delete of a repository) off"
    resources = ("aws_ecr_repository", "aws_route53_zone", "aws_s3_bucket")
    attributes = _SWITCHES

    def broken(self, conf: Conf) -> bool:
        emptied = any(value(conf, switch) in (True, "true") for switch in _SWITCHES)
        return emptied and destroy_refused(conf)


check = KeptContent()
