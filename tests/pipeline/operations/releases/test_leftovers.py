"""Revisions that stay when a service is destroyed are deregistered: those of its family, and of no other."""

from __future__ import annotations

from typing import Any

from pipeline.operations.releases.leftovers import deregister_revisions, task_families
from pipeline.session import open_session
from tests.pipeline.operations.support import Account


def register(ecs: Any, family: str) -> None:
    ecs.register_task_definition(family=family, containerDefinitions=[{"name": "app", "image": "app"}])


def active(ecs: Any) -> list[str]:
    arns = ecs.list_task_definitions(status="ACTIVE")["taskDefinitionArns"]
    return sorted(each.rpartition("/")[2] for each in arns)


def test_every_active_revision_of_the_family_goes(account: Account) -> None:
    ecs, family = account.client("ecs"), account.env
    for name in (family, family, f"{family}-other"):
        register(ecs, name)
    session = open_session(str(account.file), needs_terraform=False)
    assert deregister_revisions(session, [family]) == 2
    assert [each for each in active(ecs) if each.startswith(family)] == [f"{family}-other:1"]
    assert deregister_revisions(session, [family]) == 0


def test_families_are_those_of_the_managed_task_definitions() -> None:
    def resource(kind: str, family: str, mode: str = "managed") -> dict[str, Any]:
        return {"mode": mode, "type": kind, "name": "it", "instances": [{"attributes": {"family": family}}]}

    resources = [
        resource("aws_ecs_task_definition", "app"),
        resource("aws_ecs_task_definition", "app"),
        resource("aws_ecs_task_definition", "read", mode="data"),
        resource("aws_ecs_service", "none"),
    ]
    assert task_families({"resources": resources}) == ("app",)
    assert task_families({}) == ()
