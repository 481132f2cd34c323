"""CloudWatch Transaction Search: X-Ray keeps every span of an account and region, in the log group aws/spans."""

from __future__ import annotations

import json

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.cloudcontrolapi_resource import CloudcontrolapiResource
from cdktf_cdktf_provider_aws.cloudwatch_log_resource_policy import CloudwatchLogResourcePolicy
from constructs import Construct

from config.place import Place
from constructs_lib.identity.policy import Statement, from_account, policy_document

TYPE = "AWS::XRay::TransactionSearchConfig"
# X-Ray indexes this share of traces for nothing ("CloudWatch pricing", X-Ray); all are kept and found in the logs.
INDEXED_PERCENT = 1
# Log groups that AWS names, and makes by itself when it first writes; nobody else may make one that begins with aws/.
SPANS, SIGNALS = "aws/spans", "/aws/application-signals/data"
# CloudFormation's own schema of the type, read 2026-11-30, so that a plan asks CloudFormation nothing (DescribeType).
# It leaves out how the account's id looks, which AWS gives.
SCHEMA = {
    "typeName": TYPE,
    "description": "Transaction Search of an account and region",
    "definitions": {
        "AccountId": {"type": "string"},
        "IndexingPercentage": {"type": "number", "minimum": 0, "maximum": 100},
    },
    "properties": {
        "AccountId": {"$ref": "#/definitions/AccountId"},
        "IndexingPercentage": {"$ref": "#/definitions/IndexingPercentage"},
    },
    "additionalProperties": False,
    "primaryIdentifier": ["/properties/AccountId"],
    "readOnlyProperties": ["/properties/AccountId"],
}


class TransactionSearch(Construct):
    """Switches it on, for all traces of account and region, and lets X-Ray write them. `switch` is what does.

    The provider has no resource of it; Cloud Control has a type. What is otherwise with that one:

    - It creates and never adopts: where Transaction Search is on, creating fails with AlreadyExists.
    - Destroying sends traces to X-Ray again, those of other applications too. What was kept stays until its retention
      ends, so that nothing here is protected from destruction.
    - A share indexed otherwise elsewhere isn't put back: the provider compares what was asked for, not what is.
      Switched off elsewhere, it is switched on again by the next apply.
    - X-Ray tries the policy at once, and a new policy may take seconds to count: AccessDenied, until the next apply.
    - AWS has Application Signals look for services with it, in the name of whoever switches. That costs nothing as long
      as nobody sends it signals, and nothing here does.
    """

    def __init__(self, scope: Construct, id_: str, *, policy_name: str, place: Place) -> None:
        super().__init__(scope, id_)
        policy = CloudwatchLogResourcePolicy(
            self,
            "policy",
            policy_name=policy_name,
            policy_document=policy_document(self, "policy_document", _x_ray_writes(place)),
        )
        self.switch: ITerraformDependable = CloudcontrolapiResource(
            self,
            "switch",
            type_name=TYPE,
            desired_state=json.dumps({"IndexingPercentage": INDEXED_PERCENT}),
            schema=json.dumps(SCHEMA, sort_keys=True),
            # X-Ray refuses a destination that it may not write to; nothing here names the policy.
            depends_on=[policy],
        )


def _x_ray_writes(place: Place) -> Statement:
    """The policy of "Enable transaction search" (CloudWatch user guide)."""
    return Statement(
        sid="TransactionSearchXRayAccess",
        actions=("logs:PutLogEvents",),
        resources=tuple(f"{place.log_group_arn(group)}:*" for group in (SPANS, SIGNALS)),
        principals={"Service": ("xray.amazonaws.com",)},
        conditions=(from_account(place.account_id), ("ArnLike", "aws:SourceArn", (place.arn("xray", "*"),))),
    )
