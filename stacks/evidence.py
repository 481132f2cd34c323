"""What the key of the security layer's evidence must allow, whichever layer builds the key."""

from __future__ import annotations

from config import Environment
from config.names import Names
from constructs_lib.audit import key_use
from constructs_lib.audit.trail import trail_arn
from constructs_lib.identity.policy import Statement
from stacks.base import LayerSettings


def trail_name(names: Names) -> str:
    """The trail's name, which its key names before it exists."""
    return names.resource("trail")


def key_statements(env: Environment, settings: LayerSettings) -> tuple[Statement, ...]:
    """Statements for what `[security]` owns, and for the topic of findings; none where nothing watches."""
    security = env.security
    if not security.watches:
        return ()
    account_id, region, partition = settings.account_id, settings.region, settings.partition
    publishers: tuple[str, ...] = ("events.amazonaws.com",)
    statements: tuple[Statement, ...] = ()
    if security.trail == "own":
        arn = trail_arn(trail_name(settings.names), account_id=account_id, region=region, partition=partition)
        publishers += ("cloudtrail.amazonaws.com",)
        statements += key_use.encrypt_trail(arn, account_id=account_id, partition=partition)
    if security.recorder == "own":
        statements += (key_use.encrypt_configuration_history(account_id),)
    topics = key_use.publish_to_topics(publishers, account_id=account_id, region=region, partition=partition)
    return (topics, *statements)
