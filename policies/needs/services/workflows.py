"""What Step Functions and EventBridge Scheduler do in the roles of state machines and schedules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from policies.needs.deployed import Deployed
from policies.needs.need import Need
from policies.needs.services.roles import EXAMPLE, assumed
from terraform_json.blocks import nested_block

# Tasks that change one item of a table, and the action of each.
_ITEMS = {"dynamodb:deleteItem": "dynamodb:DeleteItem", "dynamodb:putItem": "dynamodb:PutItem"}
_DELIVER = tuple(f"logs:{verb}LogDelivery" for verb in ("Create", "Delete", "Get", "Update"))
_FIND = ("logs:ListLogDeliveries", "logs:DescribeLogGroups")
_LET_IN = ("logs:DescribeResourcePolicies", "logs:PutResourcePolicy")
_TRACE = ("xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments")


def state_machines(deployed: Deployed) -> Iterator[Need]:
    """Step Functions takes on the role, calls what the definition names, sets up the log, and traces."""
    for address, body in deployed.each("aws_sfn_state_machine"):
        role, machine = deployed.value(body, "role_arn"), deployed.arn(address)
        yield assumed("states.amazonaws.com", role, deployed.source(machine))
        for state in _states(_definition(deployed, address, body)):
            yield from _asked(role, machine, state, deployed.place(address))
        log = nested_block(body.get("logging_configuration") or {})
        if log.get("level", "OFF") != "OFF":
            yield Need(role, (*_DELIVER, *_FIND, *_LET_IN), "*", "machine-logs")
        if nested_block(body.get("tracing_configuration") or {}).get("enabled"):
            yield Need(role, _TRACE, "*", "machine-traces")


def _definition(deployed: Deployed, address: str, body: Any) -> Any:
    try:
        return json.loads(deployed.value(body, "definition"))
    except ValueError:
        raise ValueError(f"{address}: definition is no JSON that can be read here") from None


def _states(value: Any) -> Iterator[dict[str, Any]]:
    """Every state of a definition, those inside maps and branches, too."""
    if isinstance(value, dict):
        if "Type" in value:
            yield value
        for each in value.values():
            yield from _states(each)
    elif isinstance(value, list):
        for each in value:
            yield from _states(each)


def _asked(role: str, machine: str, state: dict[str, Any], place: tuple[str, str, str]) -> Iterator[Need]:
    """Requests of one state. Raises ValueError for a task of which nobody knows what it asks for."""
    if state["Type"] == "Task":
        yield _task(role, state, place)
    config = state.get("ItemProcessor", {}).get("ProcessorConfig", {})
    if config.get("Mode") == "DISTRIBUTED":
        executions = machine.replace(":stateMachine:", ":execution:")
        yield Need(role, ("states:StartExecution",), machine, "machine-maps")
        yield Need(
            role, ("states:DescribeExecution", "states:StopExecution"), f"{executions}:{EXAMPLE}", "machine-maps"
        )


def _task(role: str, state: dict[str, Any], place: tuple[str, str, str]) -> Need:
    resource, told = str(state.get("Resource", "")), state["Arguments"]
    integration = resource.partition(":states:::")[2]
    if integration == "lambda:invoke":
        return Need(role, ("lambda:InvokeFunction",), told["FunctionName"], "machine-calls")
    if integration == "sns:publish":
        return Need(role, ("sns:Publish",), told["TopicArn"], "machine-tells")
    if integration in _ITEMS:
        partition, region, account = place
        table = f"arn:{partition}:dynamodb:{region}:{account}:table/{told['TableName']}"
        return Need(role, (_ITEMS[integration],), table, "machine-items")
    raise ValueError(f"nobody knows what a task with the resource {resource} asks for")


# What a schedule asks of its target, by a part of the target's ARN.
_SCHEDULED = {":states:": "states:StartExecution", ":lambda:": "lambda:InvokeFunction"}


def schedules(deployed: Deployed) -> Iterator[Need]:
    """EventBridge Scheduler takes on a target's role, and starts the state machine or calls the function."""
    for address, body in deployed.each("aws_scheduler_schedule"):
        role, target = deployed.value(body, "target", "role_arn"), deployed.value(body, "target", "arn")
        partition, region, account = deployed.place(address)
        group = f"arn:{partition}:scheduler:{region}:{account}:schedule-group/{body.get('group_name', 'default')}"
        yield assumed("scheduler.amazonaws.com", role, deployed.source(group))
        action = next((asked for part, asked in _SCHEDULED.items() if part in target), "")
        if not action:
            raise ValueError(f"{address}: nobody knows what a schedule of {target} asks for")
        yield Need(role, (action,), target, "schedule-starts")
        if key := deployed.key_arn(deployed.value(body, "kms_key_arn")):
            context = {"kms:EncryptionContext:aws:scheduler:schedule:arn": deployed.arn(address)}
            yield Need(role, ("kms:Decrypt",), key, "schedule-key", context)


RULES = (state_machines, schedules)
