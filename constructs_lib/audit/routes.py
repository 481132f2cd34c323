"""Routes of findings and calls to people, as data: the pattern of the event, and the text of the message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from constructs_lib.observability.event_message import EventMessage


@dataclass(frozen=True)
class FindingRoute:
    """One kind of event and its message.

    Without a message the event goes to a state machine, which tells of it. With `everywhere` the event also arises in
    us-east-1, where global services report, and is brought from there.
    """

    id: str
    description: str
    pattern: Mapping[str, Any]
    message: EventMessage | None
    everywhere: bool = False


# Ends the family of the debug copies that `sitechat exec` runs (pipeline/operations/shells/debug_copy.py).
COPIES = "-debug"
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


def _call_message(meaning: str, **fields: str) -> EventMessage:
    """Message about a call: what it means, then who made it."""
    return EventMessage((meaning, _CALL_LINE), {**_CALL_FIELDS, **fields})


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
    message=EventMessage(
        ("GuardDuty, severity <severity> of 10: <type>.", "Account <account>, region <place>, finding <id>."),
        {
            "severity": "$.detail.severity",
            "type": "$.detail.type",
            "place": "$.detail.region",
            "account": "$.detail.accountId",
            "id": "$.detail.id",
        },
        # With title and description, which name what attackers may have named.
        attached={"finding": "$.detail"},
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
    message=EventMessage(
        ("Security Hub, <severity>: control <control> failed in account <account>.", "What to do: <help>"),
        {
            "severity": "$.detail.findings[0].Severity.Label",
            "control": "$.detail.findings[0].Compliance.SecurityControlId",
            "account": "$.detail.findings[0].AwsAccountId",
            "help": "$.detail.findings[0].Remediation.Recommendation.Url",
        },
        # Some services let names of resources hold quotes.
        attached={"resources": "$.detail.findings[0].Resources"},
    ),
)
IMAGES = FindingRoute(
    id="images",
    description="Inspector findings of high and critical severity",
    pattern={
        "source": ["aws.inspector2"],
        "detail-type": ["Inspector2 Finding"],
        "detail": {"severity": ["HIGH", "CRITICAL"], "status": ["ACTIVE"]},
    },
    # Once each, in words of vulnerabilities.py: Inspector sends a finding again whenever anything of it changes.
    message=None,
)
EXPOSURE = FindingRoute(
    id="exposure",
    description="Access Analyzer findings: something is open to outside the account",
    pattern={
        "source": ["aws.access-analyzer"],
        "detail-type": ["Access Analyzer Finding"],
        "detail": {"status": ["ACTIVE"]},
    },
    message=EventMessage(
        ("Access from outside: <resource>, account <account>, is open for these principals and actions.",),
        {"resource": "$.detail.resource", "account": "$.detail.accountId"},
        attached={"who": "$.detail.principal", "actions": "$.detail.action"},
    ),
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
        message=_call_message("The root user acted. If that was not planned, treat the account as taken over."),
        everywhere=True,
    ),
    FindingRoute(
        id="keys",
        description="A customer key is disabled or will be deleted",
        pattern=_calls(
            ("kms",), ("DisableKey", "ScheduleKeyDeletion", "DisableKeyRotation", "DeleteImportedKeyMaterial")
        ),
        message=_call_message(
            "Key <key> is at risk: what it encrypts is lost with it. CancelKeyDeletion and EnableKey undo this.",
            key="$.detail.requestParameters.keyId",
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
        message=_call_message("What watches this account is being changed or switched off."),
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
        message=_call_message("Secret <secret> was changed.", secret="$.detail.requestParameters.secretId"),
    ),
    FindingRoute(
        id="shells",
        description="A shell is opened in a task",
        pattern=_calls(("ecs",), ("ExecuteCommand",)),
        # The task is named by whoever calls, in words of their own: the trail has it.
        message=_call_message("A shell was opened in a task: runbook debugging-a-task."),
    ),
)


def foreign_images(*, family: str, ours: tuple[str, ...]) -> FindingRoute:
    """Revisions of a task definition, or of its debug copies, with an image that begins with none of `ours`.

    EventBridge gets them by trail.

    An event whose list holds several containers matches when one of them does ("How Amazon EventBridge event patterns
    work with arrays", its guide); how ECS's call looks tell reports of attacks, such as Datadog Security Labs' on
    mining in ECS.
    """
    pattern = _calls(("ecs",), ("RegisterTaskDefinition",))
    prefix: str | list[str] = ours[0] if len(ours) == 1 else list(ours)
    pattern["detail"] |= {
        # A call that was refused has registered nothing.
        "errorCode": [{"exists": False}],
        "requestParameters": {
            "family": [family, f"{family}{COPIES}"],
            "containerDefinitions": {"image": [{"anything-but": {"prefix": prefix}}]},
        },
    }
    return FindingRoute(
        id="revisions",
        description="A revision of the task definition has an image that is not of this environment by digest",
        pattern=pattern,
        message=_call_message(
            "A revision of <family> has an image that is not of this environment's repository by digest: <image>. If "
            "nobody meant that, go back with sitechat rollback, and treat the role that registered it as taken over.",
            family="$.detail.requestParameters.family",
            image="$.detail.requestParameters.containerDefinitions[0].image",
        ),
    )
