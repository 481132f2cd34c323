"""`apply` and `deploy` mark the image once somebody agreed, before anything is applied, and settle at the end."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.commands import apply, deploy


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done, in order; nothing reaches AWS."""
    found: list[str] = []
    applied = SimpleNamespace(id="b", done={}, left=(), resources=0)
    session = SimpleNamespace(env=SimpleNamespace(name="dev"), env_ref="dev")

    def note(what: str, answer: Any = None) -> Any:
        def noted(*_: Any, **__: Any) -> Any:
            found.append(what)
            return answer

        return noted

    monkeypatch.setattr("pipeline.session.open_session", lambda env: session)
    monkeypatch.setattr("pipeline.scan.preload", lambda: None)
    monkeypatch.setattr("pipeline.operations.releases.kept_images.keep_released", note("marked"))
    monkeypatch.setattr("pipeline.bundle.apply.apply_bundle", note("applied", applied))
    monkeypatch.setattr("pipeline.commands.settling.settle", note("settled", False))
    monkeypatch.setattr("pipeline.report.write.report_applied", lambda *_, **__: "page")
    monkeypatch.setattr("pipeline.gates.synthesise_and_scan", lambda *_: (None, None))
    monkeypatch.setattr("pipeline.gates.price_within_ceiling", lambda *_: None)
    monkeypatch.setattr("pipeline.recovery.left_behind.refuse_left_behind", lambda *_: None)
    monkeypatch.setattr("pipeline.deployment.consent.may_skip_question", lambda *_: False)
    return found


def test_apply_marks_before_it_applies(done: list[str]) -> None:
    apply.command("latest", "dev")
    assert done == ["marked", "applied", "settled"]


@pytest.mark.parametrize(("answer", "expected"), [(True, ["asked", "marked"]), (False, ["asked"])])
def test_deploy_marks_once_somebody_agreed(
    done: list[str], monkeypatch: pytest.MonkeyPatch, answer: bool, expected: list[str]
) -> None:
    def deployed(*_: Any, confirm: Any, **__: Any) -> Any:
        assert confirm(SimpleNamespace(id="b")) is answer
        bundles = (SimpleNamespace(id="b", verdict=None),)
        return SimpleNamespace(layers=(), resources=0, bundles=bundles, changes=lambda layer: False)

    def asked(*_: Any) -> bool:
        done.append("asked")
        return answer

    monkeypatch.setattr("pipeline.deployment.consent.confirm_bundle", asked)
    monkeypatch.setattr("pipeline.deployment.deploy.deploy", deployed)
    deploy.command("dev")
    assert done == [*expected, "settled"]
