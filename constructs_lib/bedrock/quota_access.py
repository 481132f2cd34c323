"""What the function that keeps quotas' alarms true may do: read quotas and alarms, and put exactly these alarms."""

from __future__ import annotations

from collections.abc import Sequence

from config.place import Place
from constructs_lib.identity.policy import Statement
from policies.needs.need import Need

_LIST, _DESCRIBE, _PUT = "servicequotas:ListServiceQuotas", "cloudwatch:DescribeAlarms", "cloudwatch:PutMetricAlarm"


def quota_statements(alarm_names: Sequence[str], place: Place) -> tuple[Statement, ...]:
    """Statements of that function's role."""
    return (
        # The call names no resource (service authorization reference, Service Quotas).
        Statement(sid="ReadQuotas", actions=(_LIST,), resources=("*",)),
        # Asked for by name or not, CloudWatch looks for the right to all alarms of account and region.
        Statement(sid="ReadAlarms", actions=(_DESCRIBE,), resources=(place.arn("cloudwatch", "alarm:*"),)),
        Statement(sid="KeepThresholds", actions=(_PUT,), resources=alarm_arns(alarm_names, place)),
    )


def quota_needs(role_arn: str, alarm_names: Sequence[str], place: Place, topic_arn: str) -> tuple[Need, ...]:
    """Requests of that function."""
    asked = (
        (_LIST, "*"),
        (_DESCRIBE, place.arn("cloudwatch", "alarm:*")),
        *((_PUT, arn) for arn in alarm_arns(alarm_names, place)),
        ("sns:Publish", topic_arn),
    )
    return tuple(Need(role_arn, (action,), resource, "model-quota") for action, resource in asked)


def alarm_arns(alarm_names: Sequence[str], place: Place) -> tuple[str, ...]:
    """ARNs of alarms, which nothing but their names is in."""
    return tuple(place.arn("cloudwatch", f"alarm:{name}") for name in alarm_names)
