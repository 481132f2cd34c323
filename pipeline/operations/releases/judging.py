"""What judges a release beside ECS and CodeDeploy: alarms that are on, and the function that tries new tasks.

Neither service passes the function's words on, so they are read from its log.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from pipeline.aws import asked, asked_for, failed_to
from pipeline.errors import ExitCode, SitechatError


def alarms_on(cloudwatch: Any, names: Collection[str]) -> tuple[str, ...]:
    """Those of the alarms with these names that are on. Raises SitechatError (6)."""
    if not names:
        return ()
    answer = asked(
        cloudwatch.describe_alarms, otherwise=failed_to("look at the rollback alarms"), AlarmNames=list(names)
    )
    return tuple(sorted(each["AlarmName"] for each in answer["MetricAlarms"] if each["StateValue"] == "ALARM"))


def refuse_unwatched(cloudwatch: Any, names: Collection[str]) -> None:
    """Raise SitechatError (5) for an alarm that is on as a deployment of ECS begins.

    ECS watches none then ("How CloudWatch alarms detect Amazon ECS deployment failures", its guide), so that is meant.
    """
    if on := alarms_on(cloudwatch, names):
        raise SitechatError(
            f"{', '.join(on)}: on already, so ECS would watch no alarm at all during this release",
            hint="See why first. A release or rollback that repairs it goes in with `--ignore-alarms REASON`.",
            code=ExitCode.REFUSED,
        )


def words_of_the_test(logs: Any, log_group: str, key: str, tried: str) -> tuple[str, ...]:
    """What the function found wrong; nothing without a log group. Raises SitechatError (6).

    `tried` is what was tried, a deployment or a revision, by which `key` names it in a line of the log.
    """
    if not log_group or not tried:
        return ()
    answer = asked_for(
        logs.filter_log_events,
        absent=("ResourceNotFoundException",),
        otherwise=failed_to("read what the test of the new tasks found"),
        logGroupName=log_group,
        filterPattern=f'"{tried}"',
    )
    found = (said_by_test(str(each["message"]), key, tried) for each in (answer or {}).get("events", ()))
    return tuple(f"the test of the new tasks: {words}" for words in found if words)


def said_by_test(line: str, key: str, tried: str) -> str:
    """Words of a line that the function logged about what it failed; empty for any other line."""
    try:
        said = json.loads(line)
    except ValueError:
        return ""
    if not isinstance(said, dict) or said.get(key) != tried or said.get("status") != "Failed":
        return ""
    return ", ".join(map(str, said.get("words") or ()))
