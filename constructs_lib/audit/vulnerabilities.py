"""Vulnerabilities told to people once each, in words: image, package, and the version without it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.dynamodb_table import (
    DynamodbTable,
    DynamodbTableAttribute,
    DynamodbTablePointInTimeRecovery,
    DynamodbTableServerSideEncryption,
    DynamodbTableTtl,
)
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.sfn_state_machine import (
    SfnStateMachine,
    SfnStateMachineLoggingConfiguration,
    SfnStateMachineTracingConfiguration,
)
from constructs import Construct

from config.place import Place
from constructs_lib.identity.grants import publish_to_topic
from constructs_lib.identity.policy import Statement
from constructs_lib.identity.role import ServiceRole
from constructs_lib.observability.log_group import LogGroup
from constructs_lib.workflows.access import DELIVER_LOGS, TRACE
from constructs_lib.workflows.states import INPUT, State, caught, query
from policies.states_language import faults

# A finding that goes on is told again after a year.
REMEMBERED_SECONDS = 365 * 24 * 3600
TIMEOUT_SECONDS = 600
SUBJECT = "A vulnerability became known"
_DETAIL = f"{INPUT}.detail"
_FOUND = f"{_DETAIL}.packageVulnerabilityDetails"
_ID = f"{_DETAIL}.resources[0].id"
_IMAGE = f"{_DETAIL}.resources[0].details.awsEcrContainerImage"
# Texts of Inspector's may hold anything: here nothing has to be valid JSON but the request, which Step Functions makes.
_WHERE = f"$exists({_IMAGE}) ? 'the image ' & {_IMAGE}.repositoryName & '@' & {_IMAGE}.imageHash : {_ID}"
_FIXED = "$exists(fixedInVersion) and fixedInVersion != 'NotAvailable' ? 'fixed in ' & fixedInVersion"
_PACKAGE = f"'Package ' & name & ' ' & version & ': ' & ({_FIXED} : 'no fixed version yet') & '.'"
_ADVICE = (
    "What to do: sitechat image status shows where the image runs. Push and release one with the fixed versions, or "
    "accept it for a while in policies/image_waivers.toml."
)
_MESSAGE = (
    f"'Inspector, ' & {_DETAIL}.severity & ': ' & {_FOUND}.vulnerabilityId & ' in ' & ({_WHERE}) & '.\\n'"
    f" & $join({_FOUND}.vulnerablePackages.({_PACKAGE}), '\\n')"
    f" & '\\nAccount ' & {_DETAIL}.awsAccountId & ', region ' & {INPUT}.region & ', since '"
    f" & {_DETAIL}.firstObservedAt & '.\\n{_ADVICE}'"
)


@dataclass(frozen=True)
class NewsNames:
    """Names of table, state machine, log group, and the roles of the machine and of the rule that starts it."""

    table: str
    machine: str
    log_group: str
    machine_role: str
    rule_role: str


class VulnerabilityNews(Construct):
    """A state machine that is started with Inspector's event of a finding, and tells a topic of each finding once.

    Inspector sends an event whenever anything of a finding changes, tags of its image too, under the same ARN
    ("Automating responses to findings with EventBridge", its guide), and each release tags its image. A table knows
    what was told; where the topic can't be reached, it forgets, and the run fails.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: NewsNames,
        place: Place,
        topic_arn: str,
        topic_name: str,
        kms_key_arn: str,
        log_retention_days: int,
        protected: bool = True,
    ) -> None:
        super().__init__(scope, id_)
        self._names, self._place, self._key = names, place, kms_key_arn
        self._table(protected=protected)
        definition = told_once(names.table, topic_arn, place.partition)
        if wrong := faults(definition):
            raise ValueError(f"the state machine isn't sound: {'; '.join(wrong)}")
        log = LogGroup(self, "log", name=names.log_group, retention_days=log_retention_days, kms_key_arn=kms_key_arn)
        machine_arn = place.arn("states", f"stateMachine:{names.machine}")
        role = ServiceRole(
            self,
            "role",
            name=names.machine_role,
            service="states.amazonaws.com",
            account_id=place.account_id,
            description="Tells of each vulnerability once",
            source_arns=(machine_arn,),
        )
        policy = role.allow("access", self._statements(place.arn("sns", topic_name)))
        machine = SfnStateMachine(
            self,
            "machine",
            name=names.machine,
            role_arn=role.arn,
            definition=json.dumps(definition),
            type="STANDARD",
            logging_configuration=SfnStateMachineLoggingConfiguration(
                level="ERROR", include_execution_data=True, log_destination=f"{log.arn}:*"
            ),
            tracing_configuration=SfnStateMachineTracingConfiguration(enabled=True),
            # Step Functions tries the role's access to the log when the machine is made.
            depends_on=[policy],
        )
        self.arn: str = machine.arn
        self._starts(machine_arn)

    def _starts(self, machine_arn: str) -> None:
        """The role in which EventBridge starts the machine."""
        role = ServiceRole(
            self,
            "starts",
            name=self._names.rule_role,
            service="events.amazonaws.com",
            account_id=self._place.account_id,
            description="EventBridge hands findings to what tells of each once",
        )
        start = Statement("StartNews", ("states:StartExecution",), (machine_arn,))
        self.starts_policy: IamRolePolicy = role.allow("access", (start,))
        self.starts_role_arn: str = role.arn

    def _table(self, *, protected: bool) -> None:
        DynamodbTable(
            self,
            "told",
            name=self._names.table,
            billing_mode="PAY_PER_REQUEST",
            hash_key="finding",
            range_key="vulnerability",
            attribute=[DynamodbTableAttribute(name=name, type="S") for name in ("finding", "vulnerability")],
            ttl=DynamodbTableTtl(attribute_name="expires", enabled=True),
            point_in_time_recovery=DynamodbTablePointInTimeRecovery(enabled=True),
            server_side_encryption=DynamodbTableServerSideEncryption(enabled=True, kms_key_arn=self._key),
            deletion_protection_enabled=protected,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
        )

    def _statements(self, topic_arn: str) -> tuple[Statement, ...]:
        place = self._place
        table = place.arn("dynamodb", f"table/{self._names.table}")
        via = (("StringEquals", "kms:ViaService", (f"dynamodb.{place.region}.amazonaws.com",)),)
        return (
            Statement("RememberFindings", ("dynamodb:DeleteItem", "dynamodb:PutItem"), (table,)),
            # DynamoDB opens an encrypted table in the caller's name (DynamoDB guide, encryption.usagenotes).
            Statement("OpenTable", ("kms:Decrypt",), (self._key,), conditions=via),
            *publish_to_topic(topic_arn, key_arn=self._key, region=place.region),
            Statement("DeliverLogs", DELIVER_LOGS, ("*",)),
            Statement("Trace", TRACE, ("*",)),
        )


def told_once(table: str, topic_arn: str, partition: str = "aws") -> dict[str, Any]:
    """The definition as Amazon States Language: remember, then tell; forget where telling fails."""
    key = {"finding": {"S": query(f"{_DETAIL}.findingArn")}, "vulnerability": {"S": query(f"{_FOUND}.vulnerabilityId")}}
    expires = query(f"$string($floor($millis() / 1000) + {REMEMBERED_SECONDS})")
    return {
        "Comment": "Each finding of Inspector once to the topic",
        "QueryLanguage": "JSONata",
        "TimeoutSeconds": TIMEOUT_SECONDS,
        "StartAt": "Remember",
        "States": {
            "Remember": {
                **_task(partition, "dynamodb:putItem"),
                "Arguments": {
                    "TableName": table,
                    "Item": {**key, "expires": {"N": expires}},
                    "ConditionExpression": "attribute_not_exists(finding)",
                },
                "Catch": [caught(("DynamoDB.ConditionalCheckFailedException",), "Known")],
                "Output": query(INPUT),
                "Next": "Tell",
            },
            "Tell": {
                **_task(partition, "sns:publish"),
                "Arguments": {"TopicArn": topic_arn, "Subject": SUBJECT, "Message": query(_MESSAGE)},
                "Catch": [caught(("States.ALL",), "Forget", Output=query(INPUT))],
                "End": True,
            },
            "Forget": {
                **_task(partition, "dynamodb:deleteItem"),
                "Arguments": {"TableName": table, "Key": key},
                "Next": "Failed",
            },
            "Failed": {"Type": "Fail", "Error": "NotTold", "Cause": "the topic could not be reached"},
            "Known": {"Type": "Succeed"},
        },
    }


def _task(partition: str, integration: str) -> State:
    retry = {"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 2, "MaxAttempts": 4, "BackoffRate": 2}
    # What a condition refuses is an answer, and no failure.
    never = {"ErrorEquals": ["DynamoDB.ConditionalCheckFailedException"], "MaxAttempts": 0}
    return {
        "Type": "Task",
        "Resource": f"arn:{partition}:states:::{integration}",
        "TimeoutSeconds": 60,
        "Retry": [never, retry],
    }
