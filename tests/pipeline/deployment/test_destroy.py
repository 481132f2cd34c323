"""Destroying an environment: never under protection, and resources that hold data only when named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from config import load
from pipeline.bundle.entry import Entry
from pipeline.clock import now
from pipeline.commands.destroy import doomed_lines
from pipeline.console import NO_ONE_TO_ASK
from pipeline.deployment import destroy as destroying
from pipeline.deployment.destroy import DestroyPlan, destroy, what_stays
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import Session
from pipeline.synth.layers import Synthesis
from pipeline.work import Work
from tests.support.environments import varied

DAY = now().date() + timedelta(days=1)
KEY = f"first/aws_kms_key.key@{DAY}"


@pytest.fixture
def gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A record of the destroyed layers, in order. `first` holds a KMS key and a load balancer."""
    order: list[str] = []

    def plan(session: Session, synthesis: Synthesis, names: Sequence[str]) -> list[DestroyPlan]:
        return [
            DestroyPlan("first", terraform("first"), 3, ("aws_kms_key.key", "aws_lb.alb")),
            DestroyPlan("second", terraform("second"), 2),
        ]

    def terraform(name: str) -> Any:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "destroy.tfplan").touch()
        return SimpleNamespace(dir=folder, apply=lambda plan, total: order.append(name))

    monkeypatch.setattr(destroying, "_plan_destroy", plan)
    return order


def run(pair: Synthesis, tmp_path: Path, *allow: str, agreed: bool = True, **changes: Any) -> dict[str, int]:
    session = Session(varied("dev", **changes), "dev", Work(tmp_path), {}, Path("terraform"))

    def agree(doomed: Mapping[str, DestroyPlan]) -> bool:
        assert {name: each.resources for name, each in doomed.items()} == {"first": 3, "second": 2}
        assert doomed["first"].losses == ("aws_kms_key.key", "aws_lb.alb")
        return agreed

    return destroy(session, pair, allow=allow, confirm=agree)


def test_nothing_goes_under_protection_not_even_what_is_named(pair: Synthesis, tmp_path: Path, gone: list[str]) -> None:
    with pytest.raises(SitechatError, match="is protected") as caught:
        run(pair, tmp_path, KEY)
    assert caught.value.code is ExitCode.REFUSED
    assert "protection = false" in caught.value.hint
    assert gone == []


def test_what_holds_data_is_refused_with_the_option_to_use(pair: Synthesis, tmp_path: Path, gone: list[str]) -> None:
    with pytest.raises(SitechatError, match=r"first: aws_kms_key\.key") as caught:
        run(pair, tmp_path, protection=False)
    assert caught.value.code is ExitCode.REFUSED
    assert KEY in caught.value.hint
    assert "aws_lb" not in caught.value.message, "what carries traffic goes with its environment"
    assert gone == []


def test_what_is_named_goes_with_the_rest_last_layer_first(
    pair: Synthesis, tmp_path: Path, gone: list[str], history: list[Entry]
) -> None:
    assert run(pair, tmp_path, KEY, protection=False) == {"first": 3, "second": 2}
    assert gone == ["second", "first"]
    assert [(each.command, each.result) for each in history] == [("destroy", "begun"), ("destroy", "succeeded")]
    assert {name: (each.status, each.destroyed) for name, each in history[-1].layers.items()} == {
        "first": ("done", True),
        "second": ("done", True),
    }


@pytest.mark.parametrize("text", [f"second/aws_kms_key.key@{DAY}", "first/aws_kms_key.key", "aws_kms_key.key"])
def test_a_wrong_or_endless_leave_is_refused(pair: Synthesis, tmp_path: Path, gone: list[str], text: str) -> None:
    with pytest.raises(SitechatError, match="--allow") as caught:
        run(pair, tmp_path, text, protection=False)
    assert caught.value.code is ExitCode.REFUSED
    assert gone == []


def test_no_destroys_nothing(pair: Synthesis, tmp_path: Path, gone: list[str], history: list[Entry]) -> None:
    with pytest.raises(SitechatError) as caught:
        run(pair, tmp_path, KEY, agreed=False, protection=False)
    assert caught.value.code is ExitCode.INTERRUPTED
    assert (gone, history) == ([], [])


def test_the_question_names_what_holds_data_and_what_stays() -> None:
    doomed = {"first": DestroyPlan("first", SimpleNamespace(), 3, ("aws_kms_key.key", "aws_lb.alb"))}  # type: ignore[arg-type]
    env = varied("dev", protection=False)
    shown = "\n".join(doomed_lines(doomed, env))
    assert "first: 3 resources" in shown
    assert "holds data: aws_kms_key.key" in shown
    assert "carries traffic: aws_lb.alb" in shown
    assert f"stays: the state bucket {env.state_backend.bucket}" in shown
    assert "stays: secrets, for 7 days" in shown
    assert "secrets" not in " ".join(what_stays(load("local")))


def test_without_a_terminal_nobody_is_told_to_apply_a_bundle() -> None:
    assert "bundle" not in NO_ONE_TO_ASK
    assert "--yes" in NO_ONE_TO_ASK
