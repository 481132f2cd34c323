"""Statements for the key of the security layer's evidence, whichever layer builds the key."""

from __future__ import annotations

from config import Environment
from config.names import Names
from constructs_lib.audit import key_use
from constructs_lib.audit.trail import trail_arn
from constructs_lib.identity.policy import Statement
from stacks.base import LayerSettings


def trail_name(names: Names) -> str:
    """The name of the trail, which the policy of its key needs before the trail exists."""
    return names.resource("trail")


def key_statements(env: Environment, settings: LayerSettings) -> tuple[Statement, ...]:
    """Statements for what `[security]` owns, and for the topic of findings; none where nothing watches."""
    security = env.security
    if not security.watches:
        return ()
    place = settings.place
    publishers: tuple[str, ...] = ("events.amazonaws.com",)
    statements: tuple[Statement, ...] = ()
    if security.trail == "own":
        publishers += ("cloudtrail.amazonaws.com",)
        statements += key_use.encrypt_trail(trail_arn(trail_name(settings.names), place), place)
    if security.recorder == "own":
        statements += (key_use.encrypt_configuration_history(place.account_id),)
    return (key_use.publish_to_topics(publishers, place), *statements)
