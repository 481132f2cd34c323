"""`apply --follow`: a reviewed bundle is applied, then the waves it previewed."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline import cli, scan, session
from pipeline.bundle.apply import Applied
from pipeline.bundle.recording import Recording
from pipeline.clock import now
from pipeline.deployment import follow
from pipeline.deployment.deploy import Deployed
from pipeline.deployment.follow import apply_and_follow
from pipeline.errors import SitechatError
from pipeline.operations.releases import after_apply
from pipeline.report import write as reporting
from pipeline.scan import Verdict
from pipeline.session import Session
from pipeline.synth.layers import Synthesis
from pipeline.work import Work
from terraform_json.plan import Counts
from tests.support.environments import varied

ID = "20260115T120000Z-aaaa"
VERDICT = Verdict("dev", (), (), (), 1, 2)
DAY = now().date() + timedelta(days=1)
KEY = {"address": "aws_kms_key.it", "type": "aws_kms_key", "change": {"actions": ["delete"]}}
LEAVE = {layer: f"{layer}/aws_kms_key.it@{DAY}" for layer in ("first", "second", "third")}


class Stored:
    """A bundle of two layers that both delete a key; the second is a preview."""

    id = ID
    manifest = SimpleNamespace(
        layers=(SimpleNamespace(name="first", preview=False), SimpleNamespace(name="second", preview=True))
    )

    def __init__(self, synthesis: Synthesis) -> None:
        self.synthesis = synthesis

    def plan(self, layer: str) -> dict[str, Any]:
        return {"resource_changes": [KEY]}

    def inputs(self, layer: str) -> dict[str, Any]:
        return {"first": {"key": f"placeholder-of-{layer}"}}


@pytest.fixture
def called(pair: Synthesis, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Arguments that the stubs of `apply`, `fetch_bundle` and `deploy` were called with."""
    found: dict[str, Any] = {}

    def apply(session: Session, stored: Stored, allow: list[str], before: object, recording: Recording) -> Applied:
        found["apply"] = (stored.id, allow)
        found["recording"] = recording
        return Applied(ID, {"first": Counts(destroy=1)}, ("second",))

    def fetch(session: Session, wanted: str) -> Stored:
        found.setdefault("fetched", []).append(wanted)
        return Stored(pair)

    def deploy(session: Session, synthesis: Synthesis, verdict: Verdict, **given: Any) -> Deployed:
        found["deploy"] = given
        return Deployed(("second",), 1, ())

    monkeypatch.setattr(follow, "apply_stored_bundle", apply)
    monkeypatch.setattr(follow, "deploy", deploy)
    monkeypatch.setattr(follow, "fetch_bundle", fetch)
    monkeypatch.setattr(scan, "gate", lambda synthesis, env: VERDICT)
    return found


def here(tmp_path: Path) -> Session:
    return Session(varied("dev"), "dev", Work(tmp_path), {}, Path("terraform"))


def test_the_bundle_comes_first_and_its_previews_are_what_the_rest_is_compared_with(
    called: dict[str, Any], tmp_path: Path
) -> None:
    apply_and_follow(here(tmp_path), "latest", confirm=lambda bundle: False)
    assert (called["fetched"], called["apply"]) == (["latest"], (ID, []))
    given = called["deploy"]
    assert given["done"] == ("first",)
    assert given["recording"] is called["recording"], "the history has one entry for all waves"
    assert given["reviewed"].id == ID
    assert set(given["reviewed"].layers) == {"second"}
    assert given["reviewed"].layers["second"].inputs == {"first": {"key": "placeholder-of-second"}}


def test_leave_goes_to_the_wave_that_needs_it(called: dict[str, Any], tmp_path: Path) -> None:
    allow = (LEAVE["second"], LEAVE["first"])
    apply_and_follow(here(tmp_path), ID, confirm=lambda bundle: False, allow=allow)
    assert called["apply"] == (ID, [LEAVE["first"]])
    assert called["deploy"]["allow"] == (LEAVE["second"],)


def test_leave_for_what_the_bundle_does_not_show_is_refused_before_anything(
    called: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(SitechatError, match="third/aws_kms_key"):
        apply_and_follow(here(tmp_path), ID, confirm=lambda bundle: False, allow=(LEAVE["third"],))
    assert "apply" not in called


def test_the_command_says_what_all_waves_did(
    called: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(session, "open_session", lambda env: here(tmp_path))
    monkeypatch.setattr(scan, "preload", lambda: None)
    monkeypatch.setattr(after_apply, "settle_service", lambda session, **given: after_apply.Settled())
    monkeypatch.setattr(reporting, "report_applied", lambda session, waves, **given: Path("page"))
    with pytest.raises(SystemExit) as caught:
        cli.main(["apply", ID, "--env", "dev", "--follow", "--json"])
    assert caught.value.code == 0
    assert json.loads(capsys.readouterr().out) == {
        "env": "dev",
        "bundles": [ID],
        "layers": ["first", "second"],
        "resources": 2,
        "left": [],
        "report": "page",
        "release": None,
        "pending": None,
    }
