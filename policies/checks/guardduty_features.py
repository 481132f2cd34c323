"""GuardDuty's protection of S3 and Lambda is switched on feature by feature; checkov checks the detector only."""

from __future__ import annotations

from policies.rule import Conf, Rule, value

_NEEDED = {"S3_DATA_EVENTS", "LAMBDA_NETWORK_LOGS"}


class GuardDutyFeatures(Rule):
    check_id = "CKV_SITECHAT_38"
    title = "GuardDuty must watch the buckets and the functions"
    fix = 'set status of S3_DATA_EVENTS and LAMBDA_NETWORK_LOGS to "ENABLED"'
    resources = ("aws_guardduty_detector_feature",)
    attributes = ("status",)

    def broken(self, conf: Conf) -> bool:
        return value(conf, "name") in _NEEDED and value(conf, "status") != "ENABLED"


check = GuardDutyFeatures()
