"""Synthesis runs the app in a process of its own. Scripts stand in for `main.py`."""

from __future__ import annotations

import json
import os
import re
import select
from pathlib import Path

import pytest

from config import load
from pipeline.errors import ExitCode, SitechatError
from pipeline.synth.run import begin, run_app, synthesise
from tests.pipeline import samples
from tests.support import shared

pytestmark = pytest.mark.usefixtures("nothing_kept")

GOOD = f"""
import json, os, pathlib
out = pathlib.Path(os.environ["CDKTF_OUTDIR"])
(out / "stacks" / "first").mkdir(parents=True)
config = json.loads({json.dumps(json.dumps(samples.FIRST))})
config["output"]["env"] = {{"value": os.environ["SITECHAT_ENV"]}}
config["output"]["settings"] = {{"value": pathlib.Path(os.environ["SITECHAT_ENV"]).read_text()}}
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
    found = run_app(app(tmp_path, GOOD), "dev", target, "dev")
    assert [layer.name for layer in found.layers] == ["first"]
    assert sorted(each.name for each in (target / "stacks").iterdir()) == ["first"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["app.py", "out"]


@pytest.mark.parametrize("name", ["notes.txt", "stacks/first/terraform.tfstate", "stacks/first/.terraform/modules"])
def test_what_else_is_there_is_not_lost(tmp_path: Path, name: str) -> None:
    target = samples.write(tmp_path / "out")
    (target / name).parent.mkdir(exist_ok=True)
    (target / name).write_text("mine")
    before = (target / "manifest.json").read_text()
    with pytest.raises(SitechatError, match=re.escape(name)) as caught:
        run_app(app(tmp_path, GOOD), "dev", target, "dev")
    assert caught.value.code is ExitCode.USAGE
    assert (target / name).read_text() == "mine"
    assert (target / "manifest.json").read_text() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["app.py", "out"]


def test_the_app_gets_a_copy_of_the_file_under_its_own_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text('account_id = "222222222222"\n')
    layer = run_app(app(tmp_path, GOOD), "./mine.toml", tmp_path / "b", "mine").layer("first")
    told = Path(layer.config["output"]["env"]["value"])
    assert told.name == "mine.toml"
    assert told.is_absolute()
    assert layer.config["output"]["settings"]["value"] == 'account_id = "222222222222"\n'


def test_a_link_is_an_environment_of_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text('account_id = "222222222222"\n')
    (tmp_path / "mine.toml").symlink_to("other.toml")
    layer = run_app(app(tmp_path, GOOD), str(tmp_path / "mine.toml"), tmp_path / "out", "mine").layer("first")
    assert Path(layer.config["output"]["env"]["value"]).name == "mine.toml"


def test_a_file_that_changes_after_it_was_judged_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('account_id = "222222222222"\n')
    judged = load(file)
    file.write_text('account_id = "333333333333"\n')
    with pytest.raises(SitechatError, match="changed while it was read") as caught:
        run_app(app(tmp_path, GOOD), str(file), tmp_path / "out", "mine", judged=judged)
    assert caught.value.code is ExitCode.REFUSED
    assert not (tmp_path / "out").exists()


def test_what_is_written_after_the_file_was_copied_reaches_nobody(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('account_id = "222222222222"\n')
    with begin(app(tmp_path, GOOD), str(file)) as begun:
        file.write_text('account_id = "333333333333"\n')
        with pytest.raises(SitechatError, match="changed while it was read"):
            begun.finish(tmp_path / "out", "mine", judged=load(file))


@pytest.mark.parametrize("kind", ["missing", "pipe", "folder"])
def test_an_environment_that_is_no_file_starts_nothing(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "mine.toml"
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    with begin(app(tmp_path, GOOD), str(file)) as begun:
        assert begun.kept is False
        with pytest.raises(SitechatError, match=r"mine\.toml"):
            begun.finish(tmp_path / "out", "mine")


def test_leaving_ends_the_process_with_its_children_and_leaves_nothing(tmp_path: Path) -> None:
    told = tmp_path / "told"
    os.mkfifo(told)
    waiting = f"""
import os, pathlib, subprocess, sys, tempfile
tempfile.mkdtemp()
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path({str(told)!r}).write_text(f"{{child.pid}} {{os.environ['CDKTF_OUTDIR']}}")
child.wait()
"""
    with begin(app(tmp_path, waiting), "dev"):
        child, outdir = told.read_text().split()
        assert Path(outdir).is_dir()
        watched = os.pidfd_open(int(child))
    assert not Path(outdir).parent.exists()
    assert select.select([watched], [], [], 60)[0] == [watched], "it runs on"
    os.close(watched)


def test_an_environment_is_what_main_py_makes_of_it(tmp_path: Path) -> None:
    assert synthesise(load("dev"), tmp_path / "dev", env_ref="dev").sha256 == shared.synthesis("dev").sha256


def test_what_the_installed_provider_cannot_build_is_a_mistake_of_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    dns = '[dns]\ndomain = "chat.example.com"\nzone_name = "example.com"\n'
    file.write_text(f'account_id = "111111111111"\n{dns}[deployment]\nstrategy = "canary"\ncontroller = "ecs"\n')
    with pytest.raises(SitechatError, match=r'deployment\.controller = "ecs": "code_deploy"') as caught:
        synthesise(load(str(file)), tmp_path / "out", env_ref=str(file))
    assert caught.value.code is ExitCode.USAGE
    assert len(caught.value.message.splitlines()) == 1
    assert caught.value.hint.startswith('Write `controller = "code_deploy"` under [deployment]')


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        (
            "import sys; sys.stderr.write('no such key\\nnext: leave it out'); sys.exit(2)",
            ExitCode.USAGE,
            "^no such key$",
        ),
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
    assert (caught.value.hint == "leave it out") == ("next: leave it out" in text)
    assert (target / "manifest.json").read_text() == before
