"""Revisions of task definitions that stay once their service is destroyed: Terraform and releases keep them all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pipeline.aws import asked, failed_to
from pipeline.session import Session
from terraform_json.state import managed_instances


def task_families(state: Mapping[str, Any]) -> tuple[str, ...]:
    """Families of the task definitions that a state manages."""
    found = [
        str((instance.get("attributes") or {}).get("family", ""))
        for _, resource, instance in managed_instances(state)
        if resource["type"] == "aws_ecs_task_definition"
    ]
    return tuple(sorted(set(filter(None, found))))


def deregister_revisions(session: Session, families: Collection[str]) -> int:
    """Deregister every active revision of these families; how many there were. Raises SitechatError (6).

    Nothing can be started from one any more; ECS keeps it as INACTIVE.
    """
    ecs = session.client("ecs")
    pages = ecs.get_paginator("list_task_definitions").paginate
    found = 0
    for family in families:
        arns = asked(
            lambda **given: [arn for page in pages(**given) for arn in page["taskDefinitionArns"]],
            otherwise=failed_to(f"list the revisions of {family}"),
            familyPrefix=family,
            status="ACTIVE",
        )
        for arn in (each for each in arns if each.rpartition("/")[2].rpartition(":")[0] == family):
            asked(ecs.deregister_task_definition, otherwise=failed_to(f"deregister {arn}"), taskDefinition=arn)
            found += 1
    return found
