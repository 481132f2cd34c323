"""A service that another controller is to deploy: Terraform replaces it, which no ordinary apply may do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.errors import ExitCode, SitechatError, again
from pipeline.planning.planner import LayerPlan
from terraform_json.plan import Plan, change_kind, managed_changes, resource_changes

RUNBOOK = "docs/runbooks/changing-strategy.md"
SERVICE, GROUP = "aws_ecs_service", "aws_lb_target_group"
LAYER = "service"
# What a strategy has and another one lacks: names of constructs in stacks/releases.py and the load balancer, each
# followed by its hash, or by the names of what is built inside it.
_OF_A_STRATEGY = re.compile(
    r"aws_\w+\.releases?_\w+_[0-9A-F]{8}"
    r"|aws_lb_listener\.load_balancer_tests_[0-9A-F]{8}"
    r"|aws_lb_target_group\.load_balancer_second_target_group_[0-9A-F]{8}"
)
# Replaced along with it: the revision, with the image in the file, while the one before stays (`skip_destroy`); and the
# first group, where `service.tls_to_task` changes as well.
_REPLACED = re.compile(
    r"aws_ecs_task_definition\.task_[0-9A-F]{8}|aws_lb_target_group\.load_balancer_target_group_[0-9A-F]{8}"
)


def services_handed_over(plan: Plan) -> tuple[str, ...]:
    """Addresses of services that a plan replaces and gives another deployment controller."""
    return tuple(
        str(each["address"])
        for each in managed_changes(plan)
        if each["type"] == SERVICE
        and change_kind(each["change"]["actions"]) == "replace"
        and _controller(each["change"].get("before")) != _controller(each["change"].get("after"))
    )


def refuse_handing_over(plans: Mapping[str, Plan], env_ref: str) -> None:
    """Raise SitechatError (5) where plans, by layer, hand a service to another controller: `migrate` does that."""
    found = [f"{layer}/{address}" for layer, plan in plans.items() for address in services_handed_over(plan)]
    if found:
        raise SitechatError(
            f"refused, nothing was changed: another controller is to deploy {', '.join(found)}, so it would be "
            "replaced and visitors would find no task meanwhile",
            hint=f"`{again('migrate', env_ref)}` changes the strategy, step by step ({RUNBOOK}).",
            code=ExitCode.REFUSED,
        )


def refuse_stranding(plans: Mapping[str, Plan], env_ref: str) -> None:
    """Raise SitechatError (5) where plans replace one of two target groups under the service that uses both by turns.

    AWS changes a group's protocol only by replacing it (ModifyTargetGroup, Elastic Load Balancing API reference). Where
    releases shift visitors, listeners and tasks stay with the old group: those are a release's, and a release knows
    the groups of the configuration alone. Terraform couldn't delete what a listener uses, half-way through.
    """
    found = [f"{layer}/{address}" for layer, plan in plans.items() for address in _stranded(plan)]
    if found:
        raise SitechatError(
            f"refused, nothing was changed: {', '.join(found)} would be replaced, to which listeners and tasks are "
            "bound that a release owns; another `service.tls_to_task` is one reason for that",
            hint=f'Change it together with `deployment.strategy = "rolling"` by `{again("migrate", env_ref)}`, then go '
            f"back to the strategy ({RUNBOOK}).",
            code=ExitCode.REFUSED,
        )


def _stranded(plan: Plan) -> tuple[str, ...]:
    """Target groups that a plan replaces, of two or more, while their service stays."""
    changes = list(managed_changes(plan))
    groups = [each for each in changes if each["type"] == GROUP and each["change"].get("before") is not None]
    leaves = any(
        each["type"] == SERVICE and change_kind(each["change"]["actions"]) in ("replace", "destroy") for each in changes
    )
    if leaves or len(groups) < 2:
        return ()
    return tuple(str(each["address"]) for each in groups if change_kind(each["change"]["actions"]) == "replace")


def belongs_to_a_strategy(layer: str, address: str, kind: str) -> bool:
    """Whether a change of strategy may replace or destroy a resource, by its address: types are others' as well."""
    if layer != LAYER:
        return False
    return bool(_OF_A_STRATEGY.fullmatch(address) or (kind == "replace" and _REPLACED.fullmatch(address)))


def refuse_other_losses(plans: Sequence[LayerPlan]) -> None:
    """Raise SitechatError (5) where a change of strategy would replace or destroy more than belongs to one."""
    lost = [
        f"  {plan.name}: {address} ({kind})"
        for plan in plans
        if plan.plan
        for address, _, kind in resource_changes(plan.plan)
        if kind in ("replace", "destroy") and not belongs_to_a_strategy(plan.name, address, kind)
        if address not in services_handed_over(plan.plan)
    ]
    if lost:
        told = "\n".join(lost)
        raise SitechatError(
            f"refused, nothing was changed: this would replace or destroy more than a strategy has\n{told}",
            hint="Apply or take back the other changes first, so that the strategy is all that changes.",
            code=ExitCode.REFUSED,
        )


def _controller(values: Mapping[str, Any] | None) -> str:
    """The controller that a service has in a plan; ECS's own where none is written."""
    found = (values or {}).get("deployment_controller") or [{}]
    return str(found[0].get("type") or "ECS")
