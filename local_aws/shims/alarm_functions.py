"""What CloudWatch sends to the function of an alarm whose state changed, and whether that function lets it.

The form of the event is that of "Invoke a Lambda function from an alarm" (CloudWatch user guide), as far as it is
documented there; `configuration.metrics` has the alarm's metrics as DescribeAlarms gives them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local_aws.endpoint import ACCOUNT_ID
from local_aws.shims.alarm_messages import ACTIONS
from local_aws.shims.base import Item

PRINCIPAL = "lambda.alarms.cloudwatch.amazonaws.com"
# Conditions of a function's policy that CloudWatch's request meets, by operator and lower-case key.
_MET = ("aws:sourceaccount", "aws:sourcearn")


def functions(alarm: Item, state: str) -> list[str]:
    """ARNs of the functions that an alarm calls at a state; none while its actions are switched off."""
    actions = (alarm.get(ACTIONS[state]) or []) if alarm.get("ActionsEnabled", True) else []
    return [each for each in actions if each.split(":")[2] == "lambda"]


def may_call(policy: Mapping[str, Any], alarm_arn: str) -> bool:
    """Whether a function's policy lets CloudWatch call it for an alarm: by exact values, with no other condition."""
    return any(_lets(each, alarm_arn) for each in policy.get("Statement", ()))


def _lets(statement: Mapping[str, Any], alarm_arn: str) -> bool:
    principal = statement.get("Principal")
    named = isinstance(principal, Mapping) and principal.get("Service") == PRINCIPAL
    allows = statement.get("Effect") == "Allow" and statement.get("Action") == "lambda:InvokeFunction"
    sent = dict(zip(_MET, (ACCOUNT_ID, alarm_arn), strict=True))
    wanted = [
        (key.lower(), value) for tests in (statement.get("Condition") or {}).values() for key, value in tests.items()
    ]
    return named and allows and all(sent.get(key) == value for key, value in wanted)


def event(alarm: Item, state: str, reason: str, region: str, at: float) -> str:
    """The event of an alarm that has just got a state; `at` in seconds since the epoch."""
    time = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
    return json.dumps(
        {
            "source": "aws.cloudwatch",
            "alarmArn": alarm["AlarmArn"],
            "accountId": ACCOUNT_ID,
            "time": time,
            "region": region,
            "alarmData": {
                "alarmName": alarm["AlarmName"],
                "state": {"value": state, "reason": reason, "timestamp": time},
                "previousState": {"value": alarm["StateValue"], "reason": alarm.get("StateReason", "")},
                "configuration": {
                    "description": alarm.get("AlarmDescription", ""),
                    "metrics": alarm.get("Metrics") or [],
                },
            },
        }
    )
