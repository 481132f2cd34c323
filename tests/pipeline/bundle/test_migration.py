"""A service that goes to another controller: refused in an ordinary apply; a migration may lose nothing else."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pipeline.bundle.migration import (
    belongs_to_a_strategy,
    refuse_handing_over,
    refuse_other_losses,
    refuse_stranding,
    services_handed_over,
)
from pipeline.errors import ExitCode, SitechatError
from pipeline.planning.planner import LayerPlan
from tests.support.environments import varied
from tests.support.shared import configurations
from tests.terraform_json.test_plan import resource

ECS: list[dict[str, str]] = []
CODE_DEPLOY = [{"type": "CODE_DEPLOY"}]


def service(before: list[dict[str, str]], after: list[dict[str, str]], *actions: str) -> dict[str, Any]:
    change = {
        "actions": list(actions or ("delete", "create")),
        "before": {"deployment_controller": before},
        "after": {"deployment_controller": after},
    }
    return {"address": "aws_ecs_service.app", "type": "aws_ecs_service", "mode": "managed", "change": change}


def plan(*changes: dict[str, Any]) -> dict[str, Any]:
    return {"resource_changes": list(changes)}


@pytest.mark.parametrize(
    ("before", "after"), [(ECS, CODE_DEPLOY), (CODE_DEPLOY, ECS), ([{"type": "ECS"}], CODE_DEPLOY)]
)
def test_another_controller_is_refused_with_the_command_for_it(before: Any, after: Any) -> None:
    with pytest.raises(SitechatError) as caught:
        refuse_handing_over({"service": plan(service(before, after))}, "prod")
    assert caught.value.code is ExitCode.REFUSED
    assert "service/aws_ecs_service.app" in caught.value.message
    assert "`sitechat migrate --env prod`" in caught.value.hint


@pytest.mark.parametrize(
    "harmless",
    [
        service(ECS, [{"type": "ECS"}]),
        service(CODE_DEPLOY, CODE_DEPLOY),
        service(ECS, CODE_DEPLOY, "create"),
        service(ECS, CODE_DEPLOY, "delete"),
        service(ECS, CODE_DEPLOY, "no-op"),
        resource("aws_lb", "delete", "create"),
    ],
)
def test_what_keeps_its_controller_is_let_through(harmless: dict[str, Any]) -> None:
    refuse_handing_over({"service": plan(harmless)}, "prod")


def test_a_plan_without_values_is_read() -> None:
    change = service(ECS, CODE_DEPLOY)
    change["change"] |= {"before": None, "after": None}
    assert services_handed_over(plan(change)) == ()


HASH = "0123ABCD"


def at(address: str, *actions: str) -> dict[str, Any]:
    """A change of a resource at this address."""
    return {**resource(address.partition(".")[0], *actions), "address": address}


@pytest.fixture(scope="module")
def strategies() -> dict[str, set[tuple[str, str]]]:
    """Layers and addresses of production, by strategy."""
    chosen = ("rolling", "blue_green", "canary", "linear")
    found = configurations([varied("prod", deployment={"strategy": each}) for each in chosen])
    return {
        name: {(layer, address) for layer, template in layers.items() for address in template.addresses()}
        for name, layers in zip(chosen, found, strict=True)
    }


def test_what_belongs_to_a_strategy_is_what_another_one_lacks(strategies: dict[str, set[tuple[str, str]]]) -> None:
    rolling, everything = strategies["rolling"], set().union(*strategies.values())
    # The alarms of its releases are rolling's as well, which a setting takes from every strategy.
    alarms = {each for each in rolling if "release_alarms_" in each[1]}
    assert len(everything - rolling) >= 20
    assert {each for each in everything if belongs_to_a_strategy(*each, "destroy")} - alarms == everything - rolling
    replaced = {each for each in rolling if belongs_to_a_strategy(*each, "replace")} - alarms
    assert {address.rpartition("_")[0] for _, address in replaced} == {
        "aws_ecs_task_definition.task",
        "aws_lb_target_group.load_balancer_target_group",
    }


def test_a_migration_takes_the_service_and_what_belongs_to_a_strategy() -> None:
    names = (
        "aws_codedeploy_app.releases_app",
        "aws_lambda_function.release_hook_inner",
        "aws_lb_target_group.load_balancer_second_target_group",
    )
    gone = [at(f"{name}_{HASH}", "delete") for name in names]
    added = resource("aws_kms_key", "create")
    # The file names the image that runs, which needn't be the one of Terraform's newest revision.
    gone.append(at(f"aws_ecs_task_definition.task_{HASH}", "delete", "create"))
    refuse_other_losses([LayerPlan("service", plan=plan(service(CODE_DEPLOY, ECS), *gone, added)), LayerPlan("edge")])


@pytest.mark.parametrize("actions", [("delete",), ("delete", "create")])
@pytest.mark.parametrize(
    "address",
    [
        "aws_lb.it",
        "aws_ecs_cluster.it",
        "aws_ecs_service.it",
        # Of types that a strategy has as well.
        f"aws_iam_role.task_role_{HASH}",
        f"aws_lb_listener.load_balancer_https_{HASH}",
        f"aws_security_group.load_balancer_group_{HASH}",
        f"aws_cloudwatch_metric_alarm.alarms_cpu_{HASH}",
        f"aws_lb_target_group.load_balancer_other_{HASH}",
    ],
)
def test_a_migration_that_loses_more_is_refused_by_address(address: str, actions: tuple[str, ...]) -> None:
    plans = [LayerPlan("service", plan=plan(service(ECS, CODE_DEPLOY), at(address, *actions)))]
    with pytest.raises(SitechatError, match=f"service: {re.escape(address)}") as caught:
        refuse_other_losses(plans)
    assert caught.value.code is ExitCode.REFUSED
    assert "aws_ecs_service.app" not in caught.value.message


@pytest.mark.parametrize(
    ("layer", "address", "actions"),
    [
        ("infrastructure", f"aws_iam_role.release_role_{HASH}", ("delete",)),
        ("service", f"aws_ecs_task_definition.task_{HASH}", ("delete",)),
        ("service", f"aws_lb_target_group.load_balancer_target_group_{HASH}", ("delete",)),
    ],
    ids=["in another layer", "the revision alone", "the first group"],
)
def test_what_belongs_to_it_elsewhere_or_goes_for_good_is_refused(
    layer: str, address: str, actions: tuple[str, ...]
) -> None:
    with pytest.raises(SitechatError, match=f"{layer}: {re.escape(address)}"):
        refuse_other_losses([LayerPlan(layer, plan=plan(at(address, *actions)))])


def test_a_loss_in_a_preview_is_refused_as_well() -> None:
    plans = [LayerPlan("edge", "service changes", plan=plan(resource("aws_cloudfront_distribution", "delete")))]
    with pytest.raises(SitechatError, match="edge: aws_cloudfront_distribution"):
        refuse_other_losses(plans)


def group(name: str, *actions: str) -> dict[str, Any]:
    """A target group that exists, unless it is created."""
    found = resource("aws_lb_target_group", *actions)
    before = None if actions == ("create",) else {"protocol": "HTTPS"}
    change = {**found["change"], "before": before}
    return {**found, "address": f"aws_lb_target_group.{name}", "change": change}


KEPT = service(CODE_DEPLOY, CODE_DEPLOY, "no-op")


def test_groups_that_releases_alternate_between_are_not_replaced_under_their_service() -> None:
    doomed = plan(KEPT, group("first", "create", "delete"), group("second", "create", "delete"))
    with pytest.raises(SitechatError) as caught:
        refuse_stranding({"service": doomed}, "prod")
    assert caught.value.code is ExitCode.REFUSED
    assert "service/aws_lb_target_group.first, service/aws_lb_target_group.second" in caught.value.message
    assert "tls_to_task" in caught.value.message
    assert "`sitechat migrate --env prod`" in caught.value.hint


@pytest.mark.parametrize(
    "changes",
    [
        (KEPT, group("first", "update"), group("second", "no-op")),
        (KEPT, group("only", "create", "delete")),
        (service(ECS, CODE_DEPLOY), group("first", "create", "delete"), group("second", "create")),
        (service(CODE_DEPLOY, ECS), group("first", "create", "delete"), group("second", "delete")),
        (KEPT, group("first", "no-op"), group("second", "delete")),
        (service(CODE_DEPLOY, ECS, "delete"), group("first", "delete"), group("second", "delete")),
    ],
    ids=["changed", "rolling", "to shifting", "to rolling", "one less", "destroyed"],
)
def test_groups_of_a_rolling_or_a_replaced_service_may_be(changes: tuple[dict[str, Any], ...]) -> None:
    refuse_stranding({"service": plan(*changes)}, "prod")
