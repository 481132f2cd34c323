"""`show` prints all changes of a stored bundle, and refuses one that isn't as it was made."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.bundle.manifest import Manifest, PlannedLayer, bundle_id
from pipeline.bundle.store import file_hashes
from pipeline.commands import show
from pipeline.console import out
from pipeline.errors import ExitCode, SitechatError
from pipeline.work import Work
from tests.pipeline import samples

SECRET = "hunter2hunter2"
PLANS: dict[str, list[dict[str, Any]]] = {
    "first": [
        {
            "address": "aws_ssm_parameter.word",
            "type": "aws_ssm_parameter",
            "change": {
                "actions": ["update"],
                "before": {"value": "old-" + SECRET, "days": 30},
                "after": {"value": SECRET, "days": 90},
                "before_sensitive": {"value": True},
                "after_sensitive": {"value": True},
            },
        }
    ],
    "second": [
        {
            "address": "aws_sns_topic.t",
            "type": "aws_sns_topic",
            "change": {"actions": ["create"], "before": None, "after": {"name": f"x-{SECRET}"}},
        }
    ],
}


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bundle of dev with a real plan and a preview; `show` finds it, and everything that reaches AWS fails."""
    folder = Work(tmp_path).bundles("dev") / "new"
    samples.write(folder / "synth")
    for name, entries in PLANS.items():
        (folder / name).mkdir()
        (folder / name / "plan.json").write_text(json.dumps({"resource_changes": entries}))
    (folder / "first" / "tfplan").write_bytes(b"plan")
    files = file_hashes(folder)
    layers = (
        PlannedLayer("first", False, files["first/tfplan"], {}, "", 0, ""),
        PlannedLayer("second", True, "", {}, "", 0, ""),
    )
    created = "2026-01-15T12:00:00Z"
    manifest = Manifest(1, "dev", "1", "r", created, "2026-01-16T12:00:00Z", "", "", {}, {}, layers)
    seal = {**manifest.field_hashes, **files}
    (folder / "manifest.json").write_text(json.dumps(manifest.to_json()))
    (folder / "seal.json").write_text(json.dumps(seal))
    monkeypatch.setattr("pipeline.bundle.kept.work_folder", lambda env: Work(tmp_path))
    monkeypatch.setitem(sys.modules, "boto3", None)
    return folder.rename(folder.parent / bundle_id(created, seal))


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    def run(*arguments: Any, **options: Any) -> str:
        monkeypatch.setattr(out, "_file", sys.stdout)
        show.command(*arguments, **options)
        return capsys.readouterr().out

    return run


def test_every_attribute_of_every_layer_is_shown(bundle: Path, shown: Callable[..., str]) -> None:
    assert shown("latest", "dev") == (
        f"bundle {bundle.name}, made 2026-01-15T12:00:00Z\n"
        "first\n"
        "  ~ aws_ssm_parameter.word\n"
        "      days: 30 -> 90\n"
        "      value: (sensitive value) -> (sensitive value)\n"
        "second (preview, not applied by this bundle)\n"
        "  + aws_sns_topic.t\n"
        "      name: x-(sensitive value)\n"
    )


def test_a_secret_of_one_layer_is_hidden_where_only_another_is_shown(bundle: Path, shown: Callable[..., str]) -> None:
    text = shown(bundle.name, "dev", "second")
    assert "first" not in text
    assert "name: x-(sensitive value)" in text
    assert SECRET not in text


def test_json_is_one_object_without_secrets(bundle: Path, shown: Callable[..., str]) -> None:
    text = shown("latest", "dev", as_json=True)
    found = json.loads(text)
    assert (found["env"], found["bundle"]) == ("dev", bundle.name)
    assert [(each["name"], each["preview"]) for each in found["layers"]] == [("first", False), ("second", True)]
    (change,) = found["layers"][0]["changes"]
    assert change["attributes"][0] == {"path": "days", "before": "30", "after": "90", "forces_replacement": False}
    assert SECRET not in text


@pytest.mark.parametrize("file", ["first/plan.json", "first/tfplan", "synth/manifest.json"])
def test_an_altered_bundle_is_refused(bundle: Path, shown: Callable[..., str], file: str) -> None:
    (bundle / file).write_text((bundle / file).read_text() + " ")
    with pytest.raises(SitechatError) as caught:
        shown("latest", "dev")
    assert caught.value.code is ExitCode.REFUSED
    assert f"{file}: was altered" in caught.value.message


def test_an_unknown_layer_names_those_there_are(bundle: Path, shown: Callable[..., str]) -> None:
    with pytest.raises(SitechatError) as caught:
        shown("latest", "dev", "third")
    assert caught.value.code is ExitCode.USAGE
    assert "first, second" in caught.value.hint
