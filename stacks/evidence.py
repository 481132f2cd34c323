"""Statements for the key of the security layer's evidence, whichever layer builds the key."""

from __future__ import annotations

from config import Environment
from config.names import Names
from constructs_lib.audit import key_use
from constructs_lib.audit.trail import trail_arn
from constructs_lib.identity.policy import Statement
from constructs_lib.observability.topic import EVENTS
from constructs_lib.security.key import account_publishers, log_groups
from stacks.base import LayerSettings

ALARMS = "cloudwatch.amazonaws.com"


def trail_name(names: Names) -> str:
    """The name of the trail, which the policy of its key needs before the trail exists."""
    return names.resource("trail")


def key_statements(env: Environment, settings: LayerSettings, *, rules_publish: bool = False) -> tuple[Statement, ...]:
    """Statements for what `[security]` owns, and for the topic of findings; none where nothing watches.

    `rules_publish`: EventBridge uses the key for another topic as well.
    """
    security, place = env.security, settings.place
    publishers: tuple[str, ...] = (EVENTS,) if rules_publish or security.routes_findings else ()
    statements: tuple[Statement, ...] = ()
    if security.trail == "own":
        publishers += ("cloudtrail.amazonaws.com",)
        statements += key_use.encrypt_trail(trail_arn(trail_name(settings.names), place))
    if security.recorder == "own":
        statements += (key_use.encrypt_configuration_history(place.account_id),)
    return (*((key_use.publish_to_topics(publishers, place),) if publishers else ()), *statements)


def own_key_statements(env: Environment, settings: LayerSettings) -> tuple[Statement, ...]:
    """Statements of a key that serves the security layer alone: its log group and its alarms besides."""
    security, place = env.security, settings.place
    trail = security.trail == "own"
    logs = trail or security.inspector != "off"
    alarms = account_publishers((ALARMS,), place.account_id)
    return (
        *((log_groups(place),) if logs else ()),
        *((alarms,) if trail and security.cis_alarms else ()),
        *key_statements(env, settings),
    )
