"""A change of strategy: what is looked at before it, and what a person is asked."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from config import Environment
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.releases import strategy_change
from pipeline.operations.releases.strategy_change import find_change
from pipeline.session import Session
from pipeline.work import Work
from tests.support.environments import varied

RUNS, OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
CANARY = {"deployment": {"strategy": "canary"}}


def session(tmp_path: Path, env: Environment) -> Session:
    return Session(env, env.name, Work(tmp_path), {}, Path("terraform"))


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A service that ECS deploys and that runs RUNS; what was looked at."""
    seen: list[str] = []
    running = SimpleNamespace(image=f"repository@{RUNS}", unreleased=False)
    found = SimpleNamespace(controller="ECS", name="app", address="aws_ecs_service.app", running="arn")
    monkeypatch.setattr(strategy_change, "find_service", lambda session: found)
    monkeypatch.setattr(strategy_change, "choose_strategy", lambda session, service: None)
    monkeypatch.setattr(strategy_change, "refuse_a_second", lambda *given: seen.append("under way"))
    monkeypatch.setattr(strategy_change, "read_revision", lambda service, arn: running)
    monkeypatch.setattr(strategy_change, "find_image", lambda session, wanted: (None, SimpleNamespace(digest=wanted)))
    return seen


def test_between_strategies_of_one_controller_nothing_is_looked_at(deployed: list[str], tmp_path: Path) -> None:
    change = find_change(session(tmp_path, varied("dev")))
    assert (change.replaces, change.now, change.then, deployed) == (False, "ECS", "ECS", [])


def test_the_image_that_runs_has_to_be_configured(deployed: list[str], tmp_path: Path) -> None:
    change = find_change(session(tmp_path, varied("prod", **CANARY, image={"digest": RUNS})))
    assert (change.replaces, change.then, deployed) == (True, "CODE_DEPLOY", ["under way"])
    for image in ({"digest": OTHER}, {"tag": "first"}):
        with pytest.raises(SitechatError) as caught:
            find_change(session(tmp_path, varied("prod", **CANARY, image=image)))
        assert caught.value.code is ExitCode.USAGE
        assert f'`digest = "{RUNS}"` under [image]' in caught.value.hint


def test_a_parked_service_may_go_with_any_image(deployed: list[str], tmp_path: Path) -> None:
    env = varied("prod", **CANARY, image={"digest": OTHER}, service={"parked": True})
    assert find_change(session(tmp_path, env)).replaces
