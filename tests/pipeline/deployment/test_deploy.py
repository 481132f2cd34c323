"""Questions of a deployment: one about the first wave and its previews, then only about waves that differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.bundle.apply import Applied
from pipeline.bundle.entry import Entry
from pipeline.bundle.recording import Recording
from pipeline.clock import now
from pipeline.deployment import deploy as deploying
from pipeline.deployment.deploy import Deployed, deploy
from pipeline.errors import ExitCode, SitechatError
from pipeline.planning.planner import LayerPlan
from pipeline.scan import Verdict
from pipeline.session import Session
from pipeline.synth.layers import Synthesis
from pipeline.work import Work
from terraform_json.plan import Counts
from tests.support.environments import varied

VERDICT = Verdict("dev", (), (), (), 1, 2)
DAY = now().date() + timedelta(days=1)


def plan(name: str, *, blocked: str = "", actions: tuple[str, ...] = ("create",), value: str = "x") -> LayerPlan:
    change = {"actions": list(actions), "after": {"name": value}, "after_unknown": {}}
    resource = {"address": "aws_kms_key.it", "type": "aws_kms_key", "mode": "managed", "change": change}
    return LayerPlan(name, blocked, plan={"resource_changes": [resource]})


@dataclass
class Waves:
    """Stub of `build_bundle` and `apply_bundle`: prepared plans by wave, and a record of questions and applies."""

    synthesis: Synthesis
    plans: list[list[LayerPlan]]
    asked: list[str] = field(default_factory=list)
    applied: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    before: list[object] = field(default_factory=list)
    previews: list[bool] = field(default_factory=list)
    done: list[tuple[str, ...]] = field(default_factory=list)
    recordings: list[Recording] = field(default_factory=list)

    def build(self, *given: object, previews: bool, done: list[str]) -> Any:
        self.previews.append(previews)
        self.done.append(tuple(done))
        plans = self.plans.pop(0)
        applicable = any(each.counts.any for each in plans if not each.preview)
        return SimpleNamespace(
            id=f"bundle-{len(self.previews)}",
            plans=plans,
            synthesis=self.synthesis,
            manifest=SimpleNamespace(commit="c" * 40, versions={"terraform": "1.11.4"}),
            verdict=VERDICT,
            applicable=applicable,
        )

    def apply(
        self,
        session: Session,
        bundle: str,
        allow: tuple[str, ...],
        before: object,
        recording: Recording,
        hand_over: bool,
    ) -> Applied:
        self.before.append(before)
        self.applied.append((bundle, allow))
        self.recordings.append(recording)
        return Applied(bundle, {"x": Counts(add=1)}, ())


@pytest.fixture
def run(pair: Synthesis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Waves, Deployed]]:
    """A function that deploys prepared waves of plans; `answers` are given to the questions in turn."""

    def go(
        *plans: list[LayerPlan],
        answers: tuple[bool, ...] = (True,),
        changed: dict[str, str] | None = None,
        **given: Any,
    ) -> tuple[Waves, Deployed]:
        waves, left = Waves(pair, list(plans)), list(answers)

        def agree(bundle: Any) -> bool:
            waves.asked.append(bundle.id)
            return left.pop(0)

        monkeypatch.setattr(deploying, "changed_layers", lambda session, synthesis: changed or {})
        monkeypatch.setattr(deploying, "build_bundle", waves.build)
        monkeypatch.setattr(deploying, "apply_bundle", waves.apply)
        session = Session(varied("dev"), "dev", Work(tmp_path), {}, Path("terraform"))
        return waves, deploy(session, pair, VERDICT, confirm=agree, **given)

    return go


FIRST, PREVIEW, SECOND = plan("first"), plan("second", blocked="first is not applied yet"), plan("second")


def test_what_is_as_reviewed_is_not_asked_about_again(run: Callable[..., tuple[Waves, Deployed]]) -> None:
    waves, deployed = run([FIRST, PREVIEW], [SECOND])
    assert waves.asked == ["bundle-1"]
    assert [bundle for bundle, _ in waves.applied] == ["bundle-1", "bundle-2"]
    assert waves.previews == [True, False]
    assert (deployed.layers, deployed.resources) == (("first", "second"), 2)


def test_a_later_wave_leaves_out_what_is_as_it_was_applied(
    run: Callable[..., tuple[Waves, Deployed]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Its preview compared it with AWS and showed no change, so neither drift nor an input is overlooked."""
    unchanged = plan("second", blocked="first changes what it hands on", actions=("no-op",))
    waves, _ = run([FIRST, unchanged])
    assert [bundle for bundle, _ in waves.applied] == ["bundle-1"]
    assert "unchanged since their last apply, not planned again: second" in capsys.readouterr().err


def test_a_later_wave_plans_what_was_previewed_with_a_change(run: Callable[..., tuple[Waves, Deployed]]) -> None:
    waves, _ = run([FIRST, PREVIEW], [SECOND])
    assert waves.done == [(), ("first",)]


def test_a_later_wave_plans_what_was_not_previewed_as_it_now_is(run: Callable[..., tuple[Waves, Deployed]]) -> None:
    unchanged = plan("second", blocked="first changes what it hands on", actions=("no-op",))
    waves, _ = run([FIRST, unchanged], [plan("second", actions=("no-op",))], changed={"second": "its inputs changed"})
    assert waves.done == [(), ("first",)]


def test_a_layer_whose_preview_failed_is_planned(run: Callable[..., tuple[Waves, Deployed]]) -> None:
    failed = LayerPlan("second", "first changes what it hands on", problem="no answer")
    waves, _ = run([FIRST, failed], [SECOND], answers=(True, True))
    assert waves.done == [(), ("first",)]


def test_what_differs_is_asked_about(
    run: Callable[..., tuple[Waves, Deployed]], capsys: pytest.CaptureFixture[str]
) -> None:
    waves, _ = run([FIRST, PREVIEW], [plan("second", value="y")], answers=(True, True))
    assert waves.asked == ["bundle-1", "bundle-2"]
    assert "Not as reviewed in bundle bundle-1" in capsys.readouterr().err


def test_no_ends_it_and_names_the_bundle(run: Callable[..., tuple[Waves, Deployed]]) -> None:
    with pytest.raises(SitechatError, match="bundle-2; nothing of it was applied") as caught:
        run([FIRST, PREVIEW], [plan("second", actions=("update",))], answers=(True, False))
    assert caught.value.code is ExitCode.INTERRUPTED


def test_what_was_never_agreed_to_is_no_review(run: Callable[..., tuple[Waves, Deployed]]) -> None:
    """A first wave without changes asks nothing, so nobody has seen its previews."""
    waves, _ = run([plan("first", actions=("no-op",)), PREVIEW], [SECOND])
    assert waves.asked == ["bundle-2"]


def test_leave_is_handed_to_the_wave_that_needs_it(run: Callable[..., tuple[Waves, Deployed]]) -> None:
    gone = [plan("first", actions=("delete",)), plan("second", blocked="x", actions=("delete",))]
    leave = tuple(f"{layer}/aws_kms_key.it@{DAY}" for layer in ("first", "second"))
    waves, _ = run(gone, [plan("second", actions=("delete",))], allow=leave)
    assert waves.applied == [("bundle-1", leave[:1]), ("bundle-2", leave[1:])]


def test_leave_for_what_no_wave_destroys_is_refused_before_anything(
    run: Callable[..., tuple[Waves, Deployed]],
) -> None:
    with pytest.raises(SitechatError, match="does not destroy") as caught:
        run([FIRST, PREVIEW], [SECOND], allow=(f"second/aws_kms_key.it@{DAY}",))
    assert caught.value.code is ExitCode.REFUSED


def test_a_deployment_that_changes_nothing_is_recorded_with_what_it_looked_at(
    run: Callable[..., tuple[Waves, Deployed]], history: list[Entry]
) -> None:
    run([plan("first", actions=("no-op",)), plan("second", actions=("no-op",))])
    (entry,) = history
    assert (entry.command, entry.result, entry.bundles, entry.commit) == ("deploy", "succeeded", (), "c" * 40)
    assert {name: each.status for name, each in entry.layers.items()} == {"first": "done", "second": "done"}


def test_all_waves_are_recorded_as_one_run(run: Callable[..., tuple[Waves, Deployed]]) -> None:
    waves, _ = run([FIRST, PREVIEW], [SECOND])
    assert len(waves.recordings) == 2
    assert waves.recordings[0] is waves.recordings[1]


def test_waves_that_can_not_go_on_say_why(run: Callable[..., tuple[Waves, Deployed]]) -> None:
    with pytest.raises(SitechatError, match=r"second \(first is not applied yet\)"):
        run([PREVIEW])


def test_the_question_comes_after_what_changes(
    run: Callable[..., tuple[Waves, Deployed]], capsys: pytest.CaptureFixture[str]
) -> None:
    run([FIRST, PREVIEW], [SECOND])
    said = capsys.readouterr().err
    assert "first\n  + aws_kms_key.it\n" in said
    assert "second (preview, not applied by this bundle)\n  + aws_kms_key.it\n" in said
    # The second wave is as it was shown.
    assert said.count("+ aws_kms_key.it") == 2


def test_every_wave_asks_what_exists_before_it_creates(run: Callable[..., tuple[Waves, Deployed]]) -> None:
    def ask(synthesis: Synthesis, created: object) -> None:
        """Never called here: the stub of the apply keeps it."""

    waves, _ = run([FIRST, PREVIEW], [SECOND], before=ask)
    assert waves.before == [ask, ask]
