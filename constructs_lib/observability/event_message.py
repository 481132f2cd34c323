"""Messages that EventBridge makes of an event for people: sentences, and parts of the event as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cdktf_cdktf_provider_aws.cloudwatch_event_target import CloudwatchEventTargetInputTransformer

# EventBridge's limits of an input transformer: variables, and characters of its template.
MOST_VARIABLES, LONGEST_TEMPLATE = 100, 8192

_ID = r"[\w:.!-]+"
_ARN = r"[\w+=,.@:/-]+"
_ACCOUNT = r"\d{12}"
# Values that may stand in a sentence, and the characters that AWS lets them have: no quote, backslash or line break.
# EventBridge escapes nothing that it puts into a text ("Common issues with transforming input", its guide): a quote in
# a value makes the message invalid JSON, and it is never sent. Free text, such as a finding's title, is attached.
PLAIN: Mapping[str, str] = {
    "$.account": _ACCOUNT,
    "$.region": r"[a-z0-9-]+",
    "$.time": r"[\dTZ:.-]+",
    # Of a service's deployment: the ARN of the service.
    "$.resources[0]": _ARN,
    "$.detail.deploymentId": r"[\w/-]+",
    # CodeDeploy: an application is called as the configuration says.
    "$.detail.application": r"[\w.+=,@-]+",
    # AWS Health: words in capitals, such as "AWS_EC2_OPERATIONAL_ISSUE" and "EC2", and one of five categories.
    "$.detail.eventTypeCode": r"\w+",
    "$.detail.service": r"\w+",
    "$.detail.eventTypeCategory": r"\w+",
    # Step Functions: ARN of an execution, and how it ended.
    "$.detail.executionArn": _ARN,
    "$.detail.status": r"[A-Z_]+",
    # GuardDuty: a number, and a type such as "Recon:EC2/PortProbeUnprotectedPort". Inspector: a word.
    "$.detail.severity": r"[A-Z]+|[\d.]+",
    "$.detail.type": r"[\w:/.!-]+",
    "$.detail.id": _ID,
    "$.detail.region": r"[a-z0-9-]+",
    "$.detail.accountId": _ACCOUNT,
    # Security Hub: a word, a control such as "S3.8", and a page of AWS's documentation.
    "$.detail.findings[0].Severity.Label": r"[A-Z]+",
    "$.detail.findings[0].Compliance.SecurityControlId": _ID,
    "$.detail.findings[0].AwsAccountId": _ACCOUNT,
    "$.detail.findings[0].Remediation.Recommendation.Url": r"https://[\w./#-]+",
    # IAM Access Analyzer: an ARN of the services it knows.
    "$.detail.resource": _ARN,
    # CloudTrail. Names of callers: IAM quotas. A call with other characters in an id is refused, and changes nothing.
    "$.detail.eventName": r"\w+",
    "$.detail.awsRegion": r"[a-z0-9-]+",
    "$.detail.sourceIPAddress": r"[\w.: -]+",
    "$.detail.userIdentity.arn": _ARN,
    "$.detail.requestParameters.keyId": r"[\w:/-]+",
    "$.detail.requestParameters.secretId": _ARN,
    # ECS: RegisterTaskDefinition and ContainerDefinition, its API reference.
    "$.detail.requestParameters.family": r"[\w-]+",
    "$.detail.requestParameters.containerDefinitions[0].image": r"[\w./:@#-]+",
}


@dataclass(frozen=True)
class EventMessage:
    """A message about an event.

    `fields` names values of the event by JSON path, one of `PLAIN` each; `sentences` use them as `<name>`. `attached`
    names objects and lists of the event by JSON path, which follow as JSON: EventBridge puts those in whole, so that
    any text in them keeps its form. A name of either is letters and underscores.

    Raises ValueError for a path that isn't plain, a name that is used twice, and a message beyond EventBridge's limits.
    """

    sentences: tuple[str, ...]
    fields: Mapping[str, str]
    attached: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if wrong := sorted(set(self.fields.values()) - set(PLAIN)):
            raise ValueError(f"{', '.join(wrong)}: may hold a quote, which would lose the message; attach it instead")
        if twice := sorted(set(self.fields) & {"message", *self.attached}):
            raise ValueError(f"{', '.join(twice)}: names a field and something attached")
        if any(not re.fullmatch(r"[a-z_]+", name) for name in (*self.fields, *self.attached)):
            raise ValueError("a name of a field is letters and underscores")
        if len(self.fields) + len(self.attached) > MOST_VARIABLES or len(self.template) > LONGEST_TEMPLATE:
            raise ValueError(f"EventBridge takes {MOST_VARIABLES} fields and {LONGEST_TEMPLATE} characters")

    @property
    def template(self) -> str:
        """A JSON object: the sentences as one text, then what is attached."""
        return f"{{{', '.join(self._members())}}}"

    def transformer(self) -> CloudwatchEventTargetInputTransformer:
        """The input transformer of a rule's target."""
        return CloudwatchEventTargetInputTransformer(
            input_paths={**self.fields, **self.attached}, input_template=self.template
        )

    def _members(self) -> Iterator[str]:
        yield f'"message": {json.dumps(" ".join(self.sentences))}'
        # Without quotes: a variable in the place of a value is put in as JSON.
        yield from (f'"{name}": <{name}>' for name in self.attached)
