"""EventBridge rules that send findings to people in readable messages."""

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

from config.place import Place
from constructs_lib.audit.routes import FindingRoute
from constructs_lib.identity.grants import put_events
from constructs_lib.identity.role import ServiceRole


class FindingRoutes(Construct):
    """One rule a route, which sends sentences instead of JSON to `topic_arn`, a topic of the same region."""

    def __init__(
        self, scope: Construct, id_: str, *, name_prefix: str, topic_arn: str, routes: Sequence[FindingRoute]
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
