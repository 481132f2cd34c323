"""EventBridge rules that send findings to people in readable messages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdktf import TerraformProvider
from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import (
    CloudwatchEventTarget,
    CloudwatchEventTargetDeadLetterConfig,
)
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from config.place import Place
from constructs_lib.audit.routes import FindingRoute
from constructs_lib.identity.grants import put_events
from constructs_lib.identity.role import ServiceRole
from constructs_lib.observability.alarms import WatchedAlarm
from constructs_lib.observability.undelivered import UndeliveredEvents


@dataclass(frozen=True)
class Machine:
    """A state machine that is started with events, and the role in which EventBridge does so; `policy` allows it."""

    arn: str
    role_arn: str
    policy: IamRolePolicy


class FindingRoutes(Construct):
    """One rule a route, which sends its message instead of the event to `topic_arn`, a topic of the same region.

    A route without a message starts its machine of `machines`, by the route's id, with the event.

    An event whose message can't be sent waits in a queue. `alarm_topic_arn` is told of that, for 0.10 USD a month.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name_prefix: str,
        topic_arn: str,
        routes: Sequence[FindingRoute],
        place: Place,
        alarm_topic_arn: str | None = None,
        machines: Mapping[str, Machine] | None = None,
    ) -> None:
        super().__init__(scope, id_)
        self.watched: tuple[WatchedAlarm, ...] = ()
        if not routes:
            return
        undelivered = UndeliveredEvents(
            self, "undelivered", name=f"{name_prefix}-undelivered", place=place, alarm_topic_arn=alarm_topic_arn
        )
        self.watched = undelivered.watched
        for route in routes:
            rule = _rule(self, route, name_prefix)
            machine = (machines or {}).get(route.id)
            if (machine is None) == (route.message is None):
                raise ValueError(f"{route.id}: either a message or a machine tells of it")
            CloudwatchEventTarget(
                self,
                f"{route.id}_target",
                rule=rule.name,
                target_id="machine" if machine else "topic",
                arn=machine.arn if machine else topic_arn,
                role_arn=machine.role_arn if machine else None,
                input_transformer=route.message.transformer() if route.message else None,
                dead_letter_config=CloudwatchEventTargetDeadLetterConfig(arn=undelivered.arn),
                # What the queue doesn't let in is dropped, and so is what comes before the role may start the machine.
                depends_on=[undelivered.policy, *([machine.policy] if machine else [])],
            )


class GlobalEvents(Construct):
    """Rules that forward events of global services from us-east-1 to the home region's default bus, through a role.

    There the same patterns find them again. `provider` is of us-east-1.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name_prefix: str,
        role_name: str,
        routes: Sequence[FindingRoute],
        place: Place,
        provider: TerraformProvider,
    ) -> None:
        super().__init__(scope, id_)
        bus = place.arn("events", "event-bus/default")
        role = ServiceRole(
            self,
            "role",
            name=role_name,
            service="events.amazonaws.com",
            account_id=place.account_id,
            description="EventBridge brings events of global services to the home region",
        )
        policy = role.allow("access", (put_events(bus),))
        for route in routes:
            rule = _rule(self, route, name_prefix, provider)
            CloudwatchEventTarget(
                self,
                f"{route.id}_target",
                rule=rule.name,
                target_id="home",
                arn=bus,
                role_arn=role.arn,
                provider=provider,
                # An event that comes before the role may pass it on is tried again for a day, then dropped.
                depends_on=[policy],
            )


def _rule(
    scope: Construct, route: FindingRoute, name_prefix: str, provider: TerraformProvider | None = None
) -> CloudwatchEventRule:
    return CloudwatchEventRule(
        scope,
        route.id,
        name=f"{name_prefix}-{route.id.replace('_', '-')}",
        description=route.description,
        event_pattern=json.dumps(route.pattern),
        provider=provider,
    )
