"""`migrate` asks about nothing but what belongs to a strategy, and lets the service be replaced."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.commands import migrate
from pipeline.errors import SitechatError
from pipeline.operations.releases.strategy_change import StrategyChange
from pipeline.planning.planner import LayerPlan
from tests.pipeline.bundle.test_migration import CODE_DEPLOY, ECS, plan, service
from tests.terraform_json.test_plan import resource

HANDED = service(ECS, CODE_DEPLOY)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What was asked, deployed and settled. `bundle` is what a wave plans, `then` the wanted controller."""
    found = SimpleNamespace(asked=0, deployed={}, settled=0, then="CODE_DEPLOY", bundle=None)
    session = SimpleNamespace(env=SimpleNamespace(name="prod"), env_ref="prod")
    deployed_service = SimpleNamespace(name="app", address="aws_ecs_service.app", controller="ECS")

    def change(_: Any) -> StrategyChange:
        return StrategyChange(deployed_service, "ECS", found.then)  # type: ignore[arg-type]

    def deploy(*_: Any, confirm: Any, **more: Any) -> Any:
        assert confirm(found.bundle)
        found.deployed = more
        bundles = (SimpleNamespace(id="b", verdict=None),)
        return SimpleNamespace(layers=(), resources=1, bundles=bundles, changes=lambda layer: True)

    def asked(*_: Any) -> bool:
        found.asked += 1
        return True

    def settled(*_: Any, **__: Any) -> bool:
        found.settled += 1
        return False

    monkeypatch.setattr("pipeline.session.open_session", lambda env: session)
    monkeypatch.setattr("pipeline.operations.releases.strategy_change.find_change", change)
    monkeypatch.setattr("pipeline.operations.releases.kept_images.keep_released", lambda session: None)
    monkeypatch.setattr("pipeline.deployment.deploy.deploy", deploy)
    monkeypatch.setattr("pipeline.deployment.consent.confirm_bundle", asked)
    monkeypatch.setattr("pipeline.recovery.left_behind.refuse_left_behind", lambda *_: None)
    monkeypatch.setattr("pipeline.deployment.consent.may_skip_question", lambda *_: False)
    monkeypatch.setattr("pipeline.commands.settling.settle", settled)
    monkeypatch.setattr("pipeline.report.write.report_applied", lambda *_, **__: "page")
    monkeypatch.setattr("pipeline.gates.synthesise_and_scan", lambda *_: (None, None))
    monkeypatch.setattr("pipeline.gates.price_within_ceiling", lambda *_: None)
    return found


def test_the_service_is_handed_over_once_somebody_agreed(ran: Any, capsys: pytest.CaptureFixture[str]) -> None:
    ran.bundle = SimpleNamespace(plans=[LayerPlan("service", plan=plan(HANDED))])
    migrate.command("prod")
    assert (ran.asked, ran.settled, ran.deployed["hand_over"]) == (1, 1, True)
    assert [text.partition("@")[0] for text in ran.deployed["allow"]] == ["service/aws_ecs_service.app"]
    printed = capsys.readouterr()
    assert "nobody gets an answer from prod" in printed.err.replace("\n", " ")
    assert "next: sitechat release --env prod --restart" in printed.out


def test_nobody_is_asked_about_what_loses_more(ran: Any) -> None:
    ran.bundle = SimpleNamespace(plans=[LayerPlan("service", plan=plan(HANDED, resource("aws_lb", "delete")))])
    with pytest.raises(SitechatError, match=r"aws_lb\.x"):
        migrate.command("prod")
    assert (ran.asked, ran.deployed, ran.settled) == (0, {}, 0)


def test_a_controller_that_stays_leaves_everything_to_deploy(ran: Any, capsys: pytest.CaptureFixture[str]) -> None:
    ran.then = "ECS"
    migrate.command("prod")
    assert (ran.asked, ran.deployed) == (0, {})
    assert "next: sitechat deploy --env prod" in capsys.readouterr().out
