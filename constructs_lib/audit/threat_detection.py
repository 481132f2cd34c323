"""GuardDuty: threats found in the account's own logs."""

from __future__ import annotations

from typing import Literal

from cdktf_cdktf_provider_aws.guardduty_detector import GuarddutyDetector
from cdktf_cdktf_provider_aws.guardduty_detector_feature import (
    GuarddutyDetectorFeature,
    GuarddutyDetectorFeatureAdditionalConfiguration,
)
from constructs import Construct

Feature = Literal[
    "S3_DATA_EVENTS",
    "LAMBDA_NETWORK_LOGS",
    "RUNTIME_MONITORING",
    "EKS_AUDIT_LOGS",
    "EBS_MALWARE_PROTECTION",
    "RDS_LOGIN_EVENTS",
]

_USED: tuple[Feature, ...] = ("S3_DATA_EVENTS", "LAMBDA_NETWORK_LOGS")
# A new detector has some of these on, and they cost even where nothing is there to watch: set to off.
_UNUSED: tuple[Feature, ...] = ("EKS_AUDIT_LOGS", "EBS_MALWARE_PROTECTION", "RDS_LOGIN_EVENTS")
# GuardDuty answers with all three agents in this order, whether the feature is on or off. One that isn't written here
# would replace the feature in every plan (hashicorp/terraform-provider-aws#36695), and provider 5.100 keeps the order.
_AGENTS = ("EKS_ADDON_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EC2_AGENT_MANAGEMENT")
# The only one of them that there is something to watch for.
_FARGATE = "ECS_FARGATE_AGENT_MANAGEMENT"


class ThreatDetection(Construct):
    """The detector of a region: management events, VPC flow and DNS logs always, then S3 data events and Lambda.

    With `runtime_monitoring` GuardDuty puts an agent beside each new Fargate task. It takes 128 MiB and more of the
    task's memory, and the execution role has to be allowed to pull it ("Prerequisites for AWS Fargate", its guide).
    """

    def __init__(self, scope: Construct, id_: str, *, runtime_monitoring: bool = False) -> None:
        super().__init__(scope, id_)
        self._detector = GuarddutyDetector(
            self, "detector", enable=True, finding_publishing_frequency="FIFTEEN_MINUTES"
        )
        for feature in _USED:
            self._feature(feature, enabled=True)
        for feature in _UNUSED:
            self._feature(feature, enabled=False)
        self._feature("RUNTIME_MONITORING", enabled=runtime_monitoring)

    def _feature(self, name: Feature, *, enabled: bool) -> None:
        GuarddutyDetectorFeature(
            self,
            name.lower(),
            detector_id=self._detector.id,
            name=name,
            status=_status(enabled),
            additional_configuration=[
                GuarddutyDetectorFeatureAdditionalConfiguration(
                    name=agent, status=_status(enabled and agent == _FARGATE)
                )
                for agent in _AGENTS
            ]
            if name == "RUNTIME_MONITORING"
            else None,
        )


def _status(enabled: bool) -> str:
    return "ENABLED" if enabled else "DISABLED"
