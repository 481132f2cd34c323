"""Cases of rules on state machines."""

from __future__ import annotations

import json
from typing import Any

from tests.policies.cases.rule_cases import Body, RuleCases


def machine(**changes: Any) -> Body:
    definition = {
        "QueryLanguage": "JSONata",
        "TimeoutSeconds": 60,
        "StartAt": "Done",
        "States": {"Done": {"Type": "Succeed"}},
    }
    return {"definition": json.dumps({key: value for key, value in {**definition, **changes}.items() if value})}


KEPT = {"lifecycle": {"prevent_destroy": True}}


def logged(level: str = "ERROR", **destination: str) -> Body:
    return {**machine(), "logging_configuration": {"level": level, "include_execution_data": True, **destination}}


def ingesting(**settings: Any) -> Body:
    told = {"bucket": "pages", "endpoint": "${aws_opensearch_domain.search.endpoint}", **settings}
    return {"environment": {"variables": {"INGESTION": json.dumps(told)}}}


CASES = (
    RuleCases(
        rule="inside_addresses",
        resource_type="aws_lambda_function",
        compliant={
            "none": ingesting(allowed_addresses=[]),
            "not said": ingesting(),
            "another function": {"environment": {"variables": {"INDEX": "site"}}},
            "no variables": {},
        },
        non_compliant={"loopback": ingesting(allowed_addresses=["127.0.0.1:9001"])},
    ),
    RuleCases(
        rule="state_machine_log",
        resource_type="aws_sfn_state_machine",
        compliant={
            "errors": logged(log_destination="arn:of:group:*"),
            "everything": logged("ALL", log_destination="arn:of:group:*"),
        },
        non_compliant={
            "no log": machine(),
            "no group": logged(),
            "off": logged("OFF", log_destination="arn:of:group:*"),
        },
    ),
    RuleCases(
        rule="table_deletion",
        resource_type="aws_dynamodb_table",
        compliant={"protected": {**KEPT, "deletion_protection_enabled": True}, "free to go": {}},
        non_compliant={
            "not said": dict(KEPT),
            "by Terraform alone": {**KEPT, "deletion_protection_enabled": False},
        },
    ),
    RuleCases(
        rule="state_machine",
        resource_type="aws_sfn_state_machine",
        compliant={
            "sound": machine(),
            "not known yet": {"definition": "${data.aws_s3_object.definition.body}"},
        },
        non_compliant={
            "no JSON": {"definition": "{"},
            "no time-out": machine(TimeoutSeconds=0),
            "a state that isn't there": machine(StartAt="Begin"),
            "a variable that nobody sets": machine(
                States={"Done": {"Type": "Pass", "Output": "{% $total %}", "End": True}}
            ),
        },
    ),
)
