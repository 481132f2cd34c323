"""The data guard: a resource that holds data is destroyed only when an `--allow` names it."""

from __future__ import annotations

import shlex
from datetime import date, timedelta

import pytest

from config import Environment
from pipeline.bundle.guard import STATEFUL, TRAFFIC, refuse_losses, refuse_unused_allowances, stateful_losses
from pipeline.clock import now
from pipeline.errors import ExitCode, SitechatError
from pipeline.planning.planner import LayerPlan
from tests.support.addresses import FOLDER as ADDRESSES
from tests.support.environments import varied
from tests.terraform_json.test_plan import resource

TODAY = date(2026, 1, 15)
LOSSES = {"infrastructure": ("aws_kms_key.key", "aws_s3_bucket.logs"), "service": ("aws_lb.alb",)}
NAMED = tuple(f"{layer}/{address}@{TODAY}" for layer, addresses in LOSSES.items() for address in addresses)
PROD, OPEN, EMULATED = varied("prod"), varied("dev", protection=False), varied("local")


def test_each_loss_is_refused_until_it_is_named() -> None:
    with pytest.raises(SitechatError) as caught:
        refuse_losses(LOSSES, NAMED[:1], PROD, today=TODAY)
    assert caught.value.code is ExitCode.REFUSED
    assert "infrastructure: aws_s3_bucket.logs" in caught.value.message
    assert "service: aws_lb.alb" in caught.value.message
    assert "aws_kms_key.key" not in caught.value.message
    refuse_losses(LOSSES, NAMED, PROD, today=TODAY)


def test_the_refusal_prints_the_options_that_allow_it() -> None:
    with pytest.raises(SitechatError) as caught:
        refuse_losses(LOSSES, (), PROD, today=TODAY)
    words = shlex.split(caught.value.hint.partition(": ")[2])
    refuse_losses(LOSSES, [word for word in words if word != "--allow"], PROD, today=TODAY)


def test_without_protection_traffic_may_go_and_data_may_not() -> None:
    with pytest.raises(SitechatError) as caught:
        refuse_losses(LOSSES, (), OPEN, today=TODAY)
    assert "aws_lb" not in caught.value.message
    refuse_losses(LOSSES, NAMED[:2], OPEN, today=TODAY)


def test_in_the_emulated_aws_everything_may_go_unless_it_is_protected() -> None:
    refuse_losses(LOSSES, (), EMULATED, today=TODAY)
    with pytest.raises(SitechatError):
        refuse_losses(LOSSES, (), varied("local", protection=True), today=TODAY)


@pytest.mark.parametrize("env", [PROD, EMULATED], ids=["prod", "local"])
@pytest.mark.parametrize("stray", [f"infrastructure/aws_s3_bucket.typo@{TODAY}", f"llm/aws_kms_key.key@{TODAY}"])
def test_what_nothing_destroys_can_not_be_allowed(env: Environment, stray: str) -> None:
    with pytest.raises(SitechatError, match=f"does not destroy: {stray}") as caught:
        refuse_losses(LOSSES, (*NAMED, stray), env, today=TODAY)
    assert caught.value.code is ExitCode.REFUSED


def test_an_expired_leave_is_none() -> None:
    with pytest.raises(SitechatError, match="expired"):
        refuse_losses(LOSSES, NAMED, PROD, today=date(2026, 1, 16))


def test_a_leave_may_be_for_what_only_a_preview_shows_yet() -> None:
    plans = (
        LayerPlan("infrastructure", plan={"resource_changes": [resource("aws_kms_key", "delete")]}),
        LayerPlan("llm", "infrastructure changes", plan={"resource_changes": [resource("aws_s3_bucket", "delete")]}),
    )
    day = now().date() + timedelta(days=1)
    refuse_unused_allowances((f"infrastructure/aws_kms_key.x@{day}", f"llm/aws_s3_bucket.x@{day}"), plans)
    with pytest.raises(SitechatError, match="llm/aws_kms_key"):
        refuse_unused_allowances((f"llm/aws_kms_key.x@{day}",), plans)
    failed = (*plans, LayerPlan("edge", "llm is itself a preview", "no plan"))
    refuse_unused_allowances((f"edge/aws_kms_key.x@{day}",), failed)


def corpus(env: str) -> list[tuple[str, str]]:
    """Layer and address of every resource of an environment."""
    lines = (ADDRESSES / f"{env}.txt").read_text().splitlines()
    return [(layer, address) for layer, _, address in (line.partition(" ") for line in lines)]


def losses(env: str, *actions: str) -> dict[str, tuple[str, ...]]:
    """Guarded resources lost when every resource of an environment changes with `actions`."""
    found: dict[str, tuple[str, ...]] = {}
    for layer, address in corpus(env):
        change = {"address": address, "type": address.split(".")[0], "change": {"actions": list(actions)}}
        found[layer] = found.get(layer, ()) + stateful_losses({"resource_changes": [change]})
    return found


@pytest.mark.parametrize("env", ["dev", "staging", "prod"])
@pytest.mark.parametrize("action", ["create", "update", "no-op"])
def test_nothing_of_an_environment_is_refused_that_stays_in_place(env: str, action: str) -> None:
    assert corpus(env)
    refuse_losses(losses(env, action), (), varied(env), today=TODAY)


@pytest.mark.parametrize("env", ["dev", "staging", "prod"])
@pytest.mark.parametrize("actions", [("delete",), ("delete", "create"), ("create", "delete")])
def test_each_guarded_resource_of_an_environment_is_refused_by_name(env: str, actions: tuple[str, ...]) -> None:
    with pytest.raises(SitechatError) as caught:
        refuse_losses(losses(env, *actions), (), varied(env), today=TODAY)
    guarded = {f"{layer}: {address}" for layer, address in corpus(env) if address.split(".")[0] in STATEFUL | TRAFFIC}
    assert {line.strip() for line in caught.value.message.splitlines()[1:]} == guarded


GUARDED = sorted(STATEFUL | TRAFFIC)
# Types that the project's goal promises to guard.
PROMISED = {
    *("aws_s3_bucket", "aws_dynamodb_table", "aws_opensearch_domain", "aws_kms_key", "aws_secretsmanager_secret"),
    *("aws_cloudwatch_log_group", "aws_route53_zone", "aws_ecr_repository", "aws_cloudtrail", "aws_backup_vault"),
    *("aws_lb", "aws_cloudfront_vpc_origin"),
}


def test_everything_promised_is_guarded() -> None:
    assert set(GUARDED) >= PROMISED
    assert not STATEFUL & TRAFFIC


@pytest.mark.parametrize("kind", GUARDED)
@pytest.mark.parametrize("actions", [("delete",), ("delete", "create"), ("create", "delete")])
def test_losing_what_holds_data_is_noticed(kind: str, actions: tuple[str, ...]) -> None:
    assert stateful_losses({"resource_changes": [resource(kind, *actions)]}) == (f"{kind}.x",)


def test_what_vanished_from_the_code_is_noticed() -> None:
    gone = resource("aws_s3_bucket", "delete")
    gone["action_reason"] = "delete_because_no_resource_config"
    assert stateful_losses({"resource_changes": [gone], "configuration": {}}) == ("aws_s3_bucket.x",)


@pytest.mark.parametrize("kind", GUARDED)
@pytest.mark.parametrize("actions", [("create",), ("update",), ("no-op",), ("read",)])
def test_changes_in_place_are_no_loss(kind: str, actions: tuple[str, ...]) -> None:
    assert stateful_losses({"resource_changes": [resource(kind, *actions)]}) == ()


def test_losing_what_holds_nothing_is_no_loss() -> None:
    assert stateful_losses({"resource_changes": [resource("aws_cloudwatch_metric_alarm", "delete")]}) == ()
