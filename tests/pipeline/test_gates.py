"""Nothing is planned at an unknown price: 8 where something has none, unless its figure is stated and accepted."""

from __future__ import annotations

from typing import Any

import pytest

from config import Environment
from pipeline.cost.context import PricedResource
from pipeline.cost.estimate import estimate_resources
from pipeline.errors import ExitCode, SitechatError
from pipeline.gates import price_within_ceiling
from tests.support.environments import varied

STRANGE = PricedResource("service", "aws_quantum_thing", "x", {})
PLACE = "service/aws_quantum_thing.x"
FIGURE = {"address": PLACE, "monthly_usd": 7.5, "reason": "r"}


@pytest.fixture(autouse=True)
def _priced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every synthesis holds one resource that has no price."""

    def estimate(synthesis: Any, env: Environment) -> Any:
        return estimate_resources((STRANGE,), env)

    monkeypatch.setattr("pipeline.cost.estimate", estimate)


def gate(*accepted: str, **changes: Any) -> Any:
    synthesis: Any = None
    return price_within_ceiling(synthesis, varied("dev", **changes), accepted)


def test_what_has_no_price_stops() -> None:
    for accepted in ((), (PLACE,), ("service/aws_other.x",)):
        with pytest.raises(SitechatError) as refused:
            gate(*accepted)
        assert refused.value.code == ExitCode.INCOMPLETE
        assert f"{PLACE}: no pricer for this type" in str(refused.value)


def test_a_stated_figure_has_to_be_accepted() -> None:
    with pytest.raises(SitechatError) as refused:
        gate(cost__accepted=(FIGURE,))
    assert refused.value.code == ExitCode.INCOMPLETE
    assert float(gate(PLACE, cost__accepted=(FIGURE,)).expected) == 7.5


def test_the_stated_figure_counts_for_the_ceiling() -> None:
    with pytest.raises(SitechatError) as refused:
        gate(PLACE, cost__accepted=(FIGURE,), cost__ceiling_usd=7)
    assert refused.value.code == ExitCode.GATE


@pytest.mark.parametrize("command", ["plan", "deploy"])
def test_plan_and_deploy_stop_before_anything_is_planned(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.cli import main

    session: Any = type("Session", (), {"env": varied("dev", cost__accepted=(FIGURE,)), "env_ref": "dev"})

    def planned(*_: Any, **__: Any) -> Any:
        raise SitechatError("planned", code=ExitCode.CHANGES)

    monkeypatch.setattr("pipeline.session.open_session", lambda env: session)
    monkeypatch.setattr("pipeline.gates.synthesise_and_scan", lambda *_: (None, None))
    monkeypatch.setattr("pipeline.recovery.left_behind.refuse_left_behind", lambda *_: None)
    monkeypatch.setattr("pipeline.deployment.consent.may_skip_question", lambda *_: True)
    monkeypatch.setattr("pipeline.bundle.build.build_bundle", planned)
    monkeypatch.setattr("pipeline.deployment.deploy.deploy", planned)

    def code(*arguments: str) -> int:
        with pytest.raises(SystemExit) as stopped:
            main([command, "--env", "dev", *arguments])
        return int(stopped.value.code or 0)

    assert code() == ExitCode.INCOMPLETE
    assert code("--accept-unpriced", "edge/aws_other.x") == ExitCode.INCOMPLETE
    assert code("--accept-unpriced", "edge/aws_other.x", "--accept-unpriced", PLACE) == ExitCode.CHANGES
    monkeypatch.setenv("SITECHAT_ACCEPT_UNPRICED", "")
    assert code() == ExitCode.INCOMPLETE
    monkeypatch.setenv("SITECHAT_ACCEPT_UNPRICED", f"edge/aws_other.x {PLACE}")
    assert code() == ExitCode.CHANGES
