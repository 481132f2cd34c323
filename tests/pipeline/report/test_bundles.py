"""Reports from a bundle on disk, and the command that writes them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from config import load
from local_aws.coverage import UNCOVERED
from pipeline.bundle.kept import is_bundle_name
from pipeline.bundle.store import StoredBundle, read_bundle
from pipeline.commands import cost
from pipeline.commands import report as command
from pipeline.errors import ExitCode, SitechatError
from pipeline.report.bundles import from_bundle, from_synthesis, planned_layer
from pipeline.synth.layers import Synthesis
from pipeline.work import Work

Change = Callable[..., dict[str, Any]]
BUNDLE_ID = "20260102T030400Z-0123456789abcdef"


@pytest.fixture
def stored(synthesis: Synthesis, change: Change, tmp_path: Path) -> StoredBundle:
    """A bundle that plans `infrastructure`, previews `service` and leaves the other layers out."""
    folder = tmp_path / ".sitechat" / "bundles" / "dev" / BUNDLE_ID
    folder.mkdir(parents=True)
    synthesis.dir.rename(folder / "synth")
    for layer, address in (("infrastructure", "aws_vpc.network_vpc"), ("service", "aws_lb.balancer")):
        (folder / layer).mkdir()
        plan = {"resource_changes": [change(address, ["create"], None, {"name": layer})]}
        (folder / layer / "plan.json").write_text(json.dumps(plan))
    hashes = {"plan_sha256": "", "backend": {}, "lineage": "", "serial": 0, "upstream_sha256": ""}
    manifest = {
        "format": 1,
        "env": "dev",
        "account": "222222222222",
        "region": "us-east-1",
        "created": "2026-01-02T03:04:00Z",
        "expires": "2026-01-03T03:04:00Z",
        "commit": "cafe123",
        "synth_sha256": "",
        "versions": {},
        "scan": {},
        "layers": [
            {"name": "infrastructure", "preview": False, **hashes},
            {"name": "service", "preview": True, **hashes},
        ],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "seal.json").write_text("{}")
    return read_bundle(folder, "dev")


def test_a_bundle_tells_what_it_plans(stored: StoredBundle) -> None:
    data = from_bundle(stored, load("dev"), verdict=None)
    assert (data.account_id, data.commit, data.created) == ("222222222222", "cafe123", "2026-01-02T03:04:00Z")
    assert [(layer.name, layer.status) for layer in data.layers] == [
        ("infrastructure", "planned"),
        ("service", "preview"),
    ]
    assert data.next_steps == (f"sitechat apply {BUNDLE_ID} --env dev",)


def test_a_bundle_and_a_synthesis_tell_the_price(stored: StoredBundle) -> None:
    priced = from_bundle(stored, load("dev"), verdict=None).cost
    assert priced is not None
    assert (priced.env, priced.table_region) == ("dev", "us-east-1")
    assert from_synthesis(stored.synthesis, load("dev"), commit="", verdict=None).cost == priced


@pytest.mark.parametrize(("name", "emulated"), [("dev", False), ("local", True)])
def test_only_the_emulated_environment_lists_what_emulators_lack(
    stored: StoredBundle, name: str, emulated: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(UNCOVERED, "aws_example", "nobody emulates it")
    assert bool(from_bundle(stored, load(name), verdict=None).uncovered) is emulated


def test_a_bundle_that_changes_nothing_has_no_next_step(stored: StoredBundle, change: Change) -> None:
    plan = {"resource_changes": [change("aws_vpc.network_vpc", ["no-op"], {}, {})]}
    (stored.dir / "infrastructure" / "plan.json").write_text(json.dumps(plan))
    data = from_bundle(stored, load("dev"), verdict=None)
    assert data.layers[0].status == "unchanged"
    assert data.next_steps == ()


def test_without_a_bundle_the_next_step_is_to_plan(synthesis: Synthesis) -> None:
    data = from_synthesis(synthesis, load("dev"), commit="cafe123", verdict=None)
    assert data.layers == ()
    assert data.next_steps == ("sitechat plan --env dev",)


@pytest.mark.parametrize(
    ("actions", "preview", "status"),
    [(["no-op"], False, "unchanged"), (["no-op"], True, "preview"), (["update"], False, "planned")],
)
def test_a_plan_without_changes_is_unchanged(change: Change, actions: list[str], preview: bool, status: str) -> None:
    plan = {"resource_changes": [change("aws_vpc.a", actions, {}, {})]}
    assert planned_layer("service", plan, preview=preview).status == status


def test_outputs_only_known_later_are_left_out() -> None:
    outputs = {"url": {"sensitive": False, "value": "x"}, "arn": {"sensitive": False}}
    result = planned_layer("edge", {"planned_values": {"outputs": outputs}}, preview=False)
    assert result.outputs == {"url": outputs["url"]}


def test_the_command_shows_the_newest_bundle(
    stored: StoredBundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pipeline.bundle.kept.repo_root", lambda: tmp_path)
    with pytest.raises(typer.Exit) as stopped:
        command.command(env="dev", as_json=True)
    assert stopped.value.exit_code == ExitCode.INCOMPLETE  # most of the sample's resources are made up
    printed = json.loads(capsys.readouterr().out)
    page = tmp_path / ".sitechat" / "reports" / "dev" / "index.html"
    assert printed == {
        "env": "dev",
        "bundle": stored.id,
        "report": str(page),
        "comment": str(page.with_name("report.md")),
    }
    assert "222222222222" in page.read_text()
    assert "gate failed" in page.read_text()


def test_an_unknown_bundle_is_refused_before_any_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.bundle.kept.repo_root", lambda: tmp_path)
    with pytest.raises(SitechatError, match="no bundle 'nothing'") as refused:
        command.command(env="dev", bundle="nothing")
    assert refused.value.code is ExitCode.USAGE
    assert not Work(tmp_path).report("dev").exists()


def test_a_bundle_knows_the_price_before_it(stored: StoredBundle, change: Change) -> None:
    """The price before includes the load balancer without a plan of its layer, and not with a plan that adds it."""
    data = from_bundle(stored, load("dev"), verdict=None)
    assert data.cost is not None
    assert data.cost_before is not None
    assert not any(line.addresses[0].startswith("aws_lb.") for line in data.cost_before.lines)
    plan = {"resource_changes": [change("aws_lb.balancer", ["no-op"], {}, {})]}
    (stored.dir / "service" / "plan.json").write_text(json.dumps(plan))
    there = from_bundle(stored, load("dev"), verdict=None).cost_before
    assert there is not None
    assert any(line.addresses[0].startswith("aws_lb.") for line in there.lines)


def _priced(capsys: pytest.CaptureFixture[str], **arguments: Any) -> Any:
    with contextlib.suppress(typer.Exit):
        cost.command(env="dev", as_json=True, **arguments)
    return json.loads(capsys.readouterr().out)


def test_bundles_are_priced_and_compared(
    stored: StoredBundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pipeline.bundle.kept.repo_root", lambda: tmp_path)
    alone = _priced(capsys, bundle=BUNDLE_ID)
    assert alone["env"] == BUNDLE_ID
    assert {line["layer"] for line in alone["lines"]} <= {layer.name for layer in stored.synthesis.layers}
    compared = _priced(capsys, bundle=BUNDLE_ID, diff="latest")
    assert compared["before"] == compared["after"] == {key: alone[key] for key in compared["before"]}
    assert compared["differences"] == []


@pytest.mark.parametrize(("name", "bundle"), [(BUNDLE_ID, True), ("latest", True), ("prod", False), ("x.toml", False)])
def test_names_of_bundles_are_told_from_those_of_environments(name: str, bundle: bool) -> None:
    assert is_bundle_name(name) is bundle
