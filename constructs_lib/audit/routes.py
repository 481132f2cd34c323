"""Routes of findings and calls to people, as data: the pattern of the event, and the text of the message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FindingRoute:
    """One kind of event and its message.

    `fields` names values of the event by JSON path; `lines` use them as `<name>`. With `everywhere` the event also
    arises in us-east-1, where global services report, and is brought from there. EventBridge takes 100 fields and 8,192
    characters of template (InputTransformer).
    """

    id: str
    description: str
    pattern: Mapping[str, Any]
    fields: Mapping[str, str]
    lines: tuple[str, ...]
    everywhere: bool = False


_CALL = "AWS API Call via CloudTrail"
_CALL_FIELDS = {
    "action": "$.detail.eventName",
    "who": "$.detail.userIdentity.arn",
    "address": "$.detail.sourceIPAddress",
    "place": "$.detail.awsRegion",
    "account": "$.account",
    "time": "$.time",
}
_CALL_LINE = "<who> called <action> from <address> in <place>, account <account>, at <time>."


def _calls(sources: tuple[str, ...], names: tuple[str, ...]) -> dict[str, Any]:
    hosts = [f"{source}.amazonaws.com" for source in sources]
    return {"detail-type": [_CALL], "detail": {"eventSource": hosts, "eventName": list(names)}}


THREATS = FindingRoute(
    id="threats",
    description="GuardDuty findings of medium severity and above",
    pattern={
        "source": ["aws.guardduty"],
        "detail-type": ["GuardDuty Finding"],
        "detail": {"severity": [{"numeric": [">=", 4]}]},
    },
    fields={
        "severity": "$.detail.severity",
        "title": "$.detail.title",
        "type": "$.detail.type",
        "place": "$.detail.region",
        "account": "$.detail.accountId",
        "finding": "$.detail.id",
    },
    lines=(
        "GuardDuty, severity <severity> of 10: <title>",
        "Type <type>, account <account>, region <place>, finding <finding>.",
    ),
)
POSTURE = FindingRoute(
    id="posture",
    description="New Security Hub findings of high and critical severity",
    pattern={
        "source": ["aws.securityhub"],
        "detail-type": ["Security Hub Findings - Imported"],
        "detail": {
            "findings": {
                # GuardDuty and Inspector report here too, and have routes of their own.
                "ProductName": ["Security Hub"],
                "Severity": {"Label": ["HIGH", "CRITICAL"]},
                "Workflow": {"Status": ["NEW"]},
                "RecordState": ["ACTIVE"],
            }
        },
    },
    fields={
        "severity": "$.detail.findings[0].Severity.Label",
        "title": "$.detail.findings[0].Title",
        "resource": "$.detail.findings[0].Resources[0].Id",
        "account": "$.detail.findings[0].AwsAccountId",
        "help": "$.detail.findings[0].Remediation.Recommendation.Url",
    },
    lines=("Security Hub, <severity>: <title>", "Resource <resource>, account <account>. What to do: <help>"),
)
IMAGES = FindingRoute(
    id="images",
    description="Inspector findings of high and critical severity",
    pattern={
        "source": ["aws.inspector2"],
        "detail-type": ["Inspector2 Finding"],
        "detail": {"severity": ["HIGH", "CRITICAL"], "status": ["ACTIVE"]},
    },
    fields={
        "severity": "$.detail.severity",
        "title": "$.detail.title",
        "resource": "$.detail.resources[0].id",
        "account": "$.detail.awsAccountId",
    },
    lines=("Inspector, <severity>: <title>", "Image <resource>, account <account>."),
)
EXPOSURE = FindingRoute(
    id="exposure",
    description="Access Analyzer findings: something is open to outside the account",
    pattern={
        "source": ["aws.access-analyzer"],
        "detail-type": ["Access Analyzer Finding"],
        "detail": {"status": ["ACTIVE"]},
    },
    fields={
        "resource": "$.detail.resource",
        "actions": "$.detail.action",
        "who": "$.detail.principal",
        "account": "$.detail.accountId",
    },
    lines=("Access from outside: <resource>, account <account>, is open to <who> for <actions>.",),
)
# Calls that EventBridge gets from CloudTrail; it gets them only while the account has a trail.
TRAIL_ROUTES = (
    FindingRoute(
        id="root_use",
        description="The root user signs in or calls something",
        pattern={
            "detail-type": [_CALL, "AWS Console Sign In via CloudTrail"],
            "detail": {"userIdentity": {"type": ["Root"]}, "eventType": [{"anything-but": ["AwsServiceEvent"]}]},
        },
        fields=_CALL_FIELDS,
        lines=("The root user acted. If that was not planned, treat the account as taken over.", _CALL_LINE),
        everywhere=True,
    ),
    FindingRoute(
        id="keys",
        description="A customer key is disabled or will be deleted",
        pattern=_calls(
            ("kms",), ("DisableKey", "ScheduleKeyDeletion", "DisableKeyRotation", "DeleteImportedKeyMaterial")
        ),
        fields={**_CALL_FIELDS, "key": "$.detail.requestParameters.keyId"},
        lines=(
            "Key <key> is at risk: what it encrypts is lost with it. CancelKeyDeletion and EnableKey undo this.",
            _CALL_LINE,
        ),
        # The key of what CloudFront and WAF log lives in us-east-1.
        everywhere=True,
    ),
    FindingRoute(
        id="watchers",
        description="What watches the account is stopped or deleted",
        pattern=_calls(
            ("cloudtrail", "guardduty", "securityhub", "config", "access-analyzer", "inspector2"),
            (
                "StopLogging",
                "DeleteTrail",
                "UpdateTrail",
                "PutEventSelectors",
                "DeleteDetector",
                "UpdateDetector",
                "DisableSecurityHub",
                "BatchDisableStandards",
                "StopConfigurationRecorder",
                "DeleteConfigurationRecorder",
                "DeleteDeliveryChannel",
                "DeleteAnalyzer",
                "Disable",
            ),
        ),
        fields=_CALL_FIELDS,
        lines=("What watches this account is being changed or switched off.", _CALL_LINE),
    ),
    FindingRoute(
        id="secrets",
        description="A secret gets another value, policy or copy, or is deleted",
        pattern=_calls(
            ("secretsmanager",),
            (
                "PutSecretValue",
                "UpdateSecret",
                "UpdateSecretVersionStage",
                "RotateSecret",
                "ReplicateSecretToRegions",
                "DeleteSecret",
                "PutResourcePolicy",
                "DeleteResourcePolicy",
                "CancelRotateSecret",
            ),
        ),
        fields={**_CALL_FIELDS, "secret": "$.detail.requestParameters.secretId"},
        lines=("Secret <secret> was changed.", _CALL_LINE),
    ),
)
