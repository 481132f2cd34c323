"""Why tasks of a revision stopped, in ECS's own words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.aws import asked, failed_to
from pipeline.errors import counted
from pipeline.operations.releases.service import DeployedService

# Tasks that DescribeTasks takes at once, and stopped ones that are looked at; ECS forgets them after an hour.
_TASKS = 100
# Different reasons that are told; characters of each.
_REASONS = 3
_LENGTH = 300


def stopped_reasons(service: DeployedService, revision: str) -> tuple[str, ...]:
    """Reasons of the stopped tasks of a revision, the most frequent first. Raises SitechatError (6)."""
    otherwise = failed_to("say why tasks stopped")
    arns = asked(
        service.ecs.list_tasks,
        otherwise=otherwise,
        cluster=service.cluster,
        serviceName=service.name,
        desiredStatus="STOPPED",
        maxResults=_TASKS,
    )["taskArns"]
    if not arns:
        return ()
    answer = asked(service.ecs.describe_tasks, otherwise=otherwise, cluster=service.cluster, tasks=arns)
    return told_reasons(each for each in answer["tasks"] if each.get("taskDefinitionArn") == revision)


def told_reasons(tasks: Iterator[Mapping[str, Any]]) -> tuple[str, ...]:
    """What stopped these tasks, each reason once with the number of its tasks."""
    found = Counter(text for each in tasks if (text := _told(each)))
    return tuple(f"{counted(number, 'task')}: {text}" for text, number in found.most_common(_REASONS))


def _told(task: Mapping[str, Any]) -> str:
    """Reason of a task that failed; empty for one that was stopped because nobody needs it any more."""
    codes = [f"exit code {each['exitCode']}" for each in task.get("containers", ()) if each.get("exitCode")]
    reasons = [str(each["reason"]) for each in task.get("containers", ()) if each.get("reason")]
    if task.get("stopCode") == "ServiceSchedulerInitiated" and not codes and not reasons:
        return ""
    parts = dict.fromkeys(filter(None, (str(task.get("stoppedReason", "")), *reasons, *codes)))
    return ", ".join(parts)[:_LENGTH]
