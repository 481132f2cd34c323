"""Why tasks of a revision stopped, in ECS's own words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.aws import asked, failed_to
from pipeline.errors import SitechatError, counted
from pipeline.operations.releases.service import DeployedService

# Tasks that DescribeTasks takes at once, and stopped ones that are looked at; ECS forgets them after an hour.
_TASKS, _LOOKED = 100, 300
# Different reasons that are told; characters of each.
_REASONS = 3
_LENGTH = 300


def stopped_reasons(service: DeployedService, revision: str) -> tuple[str, ...]:
    """Reasons of the stopped tasks of a revision, the most frequent first; that of AWS where it doesn't say.

    A task set that CodeDeploy has deleted is listed by its family alone.
    """
    try:
        return told_reasons(each for each in _stopped(service) if each.get("taskDefinitionArn") == revision)
    except SitechatError as error:  # that something failed is what has to be told
        return (error.message,)


def _stopped(service: DeployedService) -> Iterator[Mapping[str, Any]]:
    otherwise = failed_to("say why tasks stopped")
    pages = service.ecs.get_paginator("list_tasks").paginate
    arns = asked(
        lambda **given: [arn for page in pages(**given) for arn in page["taskArns"]],
        otherwise=otherwise,
        cluster=service.cluster,
        family=service.family,
        desiredStatus="STOPPED",
        PaginationConfig={"MaxItems": _LOOKED},
    )
    for first in range(0, len(arns), _TASKS):
        some = arns[first : first + _TASKS]
        yield from asked(service.ecs.describe_tasks, otherwise=otherwise, cluster=service.cluster, tasks=some)["tasks"]


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
