"""From events to people: EventBridge rules with readable messages."""

from __future__ import annotations

import json
from collections.abc import Sequence

from cdktf import TerraformProvider
from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import (
    CloudwatchEventTarget,
    CloudwatchEventTargetInputTransformer,
)
from constructs import Construct

from constructs_lib.audit.routes import Route
from constructs_lib.identity.grants import put_events
from constructs_lib.identity.role import ServiceRole


class FindingRoutes(Construct):
    """A rule for each route, which tells `topic_arn`, of the same region, in sentences instead of JSON."""

    def __init__(
        self, scope: Construct, id_: str, *, name_prefix: str, topic_arn: str, routes: Sequence[Route]
    ) -> None:
        super().__init__(scope, id_)
        for route in routes:
            rule = _rule(self, route, name_prefix)
            CloudwatchEventTarget(
                self,
                f"{route.id}_target",
                rule=rule.name,
                target_id="topic",
                arn=topic_arn,
                input_transformer=CloudwatchEventTargetInputTransformer(
                    input_paths=dict(route.fields),
                    # Each line a JSON string: EventBridge refuses bare text.
                    input_template="\n".join(json.dumps(line) for line in route.lines),
                ),
            )


class GlobalEvents(Construct):
    """Brings events of global services from us-east-1 to the home region, where the same patterns find them again.

    `provider` is of us-east-1. The home region's default bus takes them through a role.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name_prefix: str,
        role_name: str,
        routes: Sequence[Route],
        account_id: str,
        region: str,
        partition: str,
        provider: TerraformProvider,
    ) -> None:
        super().__init__(scope, id_)
        bus = f"arn:{partition}:events:{region}:{account_id}:event-bus/default"
        role = ServiceRole(
            self,
            "role",
            name=role_name,
            service="events.amazonaws.com",
            account_id=account_id,
            description="EventBridge brings events of global services to the home region",
            statements=(put_events(bus),),
        )
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
            )


def _rule(
    scope: Construct, route: Route, name_prefix: str, provider: TerraformProvider | None = None
) -> CloudwatchEventRule:
    return CloudwatchEventRule(
        scope,
        route.id,
        name=f"{name_prefix}-{route.id.replace('_', '-')}",
        description=route.description,
        event_pattern=json.dumps(route.pattern),
        provider=provider,
    )
