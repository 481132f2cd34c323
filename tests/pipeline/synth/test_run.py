"""Synthesis runs the app in a process of its own. Scripts stand in for `main.py`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config import load
from pipeline.errors import ExitCode, SitechatError
from pipeline.synth.run import run_app, synthesise
from tests.pipeline import samples
from tests.support import shared

pytestmark = pytest.mark.usefixtures("nothing_kept")

GOOD = f"""
import json, os, pathlib
out = pathlib.Path(os.environ["CDKTF_OUTDIR"])
(out / "stacks" / "first").mkdir(parents=True)
config = json.loads({json.dumps(json.dumps(samples.FIRST))})
config["output"]["env"] = {{"value": os.environ["SITECHAT_ENV"]}}
(out / "stacks" / "first" / "cdk.tf.json").write_text(json.dumps(config))
stacks = {{"first": {{"name": "first", "synthesizedStackPath": "stacks/first/cdk.tf.json", "dependencies": []}}}}
(out / "manifest.json").write_text(json.dumps({{"version": "0.21.0", "stacks": stacks}}))
"""


def app(folder: Path, text: str) -> Path:
    path = folder / "app.py"
    path.write_text(text)
    return path


def test_the_result_lands_in_the_folder_and_replaces_what_was_there(tmp_path: Path) -> None:
    target = samples.write(tmp_path / "out")
    (target / "notes.txt").write_text("mine")
    found = run_app(app(tmp_path, GOOD), "dev", target, "dev")
    assert [layer.name for layer in found.layers] == ["first"]
    assert sorted(each.name for each in (target / "stacks").iterdir()) == ["first"]
    assert (target / "notes.txt").read_text() == "mine"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["app.py", "out"]


def test_the_app_is_told_the_environment_and_a_file_by_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    by_name = run_app(app(tmp_path, GOOD), "dev", tmp_path / "a", "dev").layer("first")
    by_file = run_app(app(tmp_path, GOOD), "mine.toml", tmp_path / "b", "mine").layer("first")
    assert by_name.config["output"]["env"]["value"] == "dev"
    assert by_file.config["output"]["env"]["value"] == str(tmp_path / "mine.toml")


def test_an_environment_is_what_main_py_makes_of_it(tmp_path: Path) -> None:
    assert synthesise(load("dev"), tmp_path / "dev", env_ref="dev").sha256 == shared.synthesis("dev").sha256


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("raise ValueError('the reason')", ExitCode.BUG, "the reason"),
        ("import sys; sys.stderr.write('no such thing'); sys.exit(2)", ExitCode.USAGE, "no such thing"),
        ("pass", ExitCode.MISSING, "manifest.json does not exist"),
        (GOOD + "(out / 'manifest.json').write_text('{')", ExitCode.FAILED, "manifest.json can't be read"),
    ],
)
def test_a_failure_keeps_what_was_there(tmp_path: Path, text: str, code: ExitCode, said: str) -> None:
    target = samples.write(tmp_path / "out")
    before = (target / "manifest.json").read_text()
    with pytest.raises(SitechatError, match=said) as caught:
        run_app(app(tmp_path, text), "dev", target, "dev")
    assert caught.value.code is code
    assert (target / "manifest.json").read_text() == before
