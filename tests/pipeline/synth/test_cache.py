"""A synthesis is kept by all that it is made from, and made anew when a byte of that changed."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import whole
from pipeline.errors import SitechatError
from pipeline.synth import cache, place, run
from pipeline.synth.layers import Synthesis
from tests.support.environments import ROOT

# Notes each of its runs, and synthesises one layer that holds what the environment's file says.
APP = """
import json, os
from pathlib import Path
name = os.environ["SITECHAT_ENV"]
file = Path(name) if name.endswith(".toml") else Path("environments", f"{name}.toml")
with open(os.environ["RUNS"], "a") as runs:
    runs.write("run\\n")
out = Path(os.environ["CDKTF_OUTDIR"])
(out / "stacks" / "only").mkdir(parents=True)
(out / "stacks" / "only" / "cdk.tf.json").write_text(json.dumps({"locals": {"file": file.read_text()}}))
stack = {"name": "only", "synthesizedStackPath": "stacks/only/cdk.tf.json", "dependencies": []}
(out / "manifest.json").write_text(json.dumps({"stacks": {"only": stack}}))
"""
FILES = {
    "main.py": APP,
    "cdktf.json": "{}",
    "backend/main.py": "",
    "config/loader.py": "",
    "config/sections/service.py": "",
    "config/offers.toml": "",
    "constructs_lib/edge/waf.py": "",
    "constructs_lib/edge/unavailable.html": "",
    "constructs_lib/search/bootstrap_lambda/handler.py": "",
    "environments/dev.toml": 'account_id = "1"',
    "environments/prod.toml": "",
    "fast_bindings/install.py": "",
    "fast_bindings/provider_hook.cjs": "",
    "policies/needs/facts.py": "",
    "stacks/edge.py": "",
    "terraform_json/blocks.py": "",
}


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository as small as one can be; everything below it is its own."""
    root = tmp_path / "repo"
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for module in (cache, place, run):
        monkeypatch.setattr(module, "repo_root", lambda: root)
    monkeypatch.setenv("RUNS", str(tmp_path / "runs"))
    monkeypatch.delenv(cache.SWITCH, raising=False)
    return root


def synthesise(repo: Path, env_ref: str = "dev") -> Synthesis:
    return run.run_app(repo / "main.py", env_ref, repo / ".sitechat" / "synth" / "dev", "dev")


def runs(repo: Path) -> int:
    file = repo.parent / "runs"
    return file.read_text().count("run") if file.exists() else 0


def entries(repo: Path) -> list[Path]:
    return sorted((repo / ".sitechat" / "cache" / "synth").iterdir())


def test_the_second_one_runs_nothing_and_is_the_same(repo: Path) -> None:
    first = synthesise(repo).sha256
    assert synthesise(repo).sha256 == first
    assert runs(repo) == 1


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_changed_byte_in_any_file_misses(repo: Path, name: str) -> None:
    synthesise(repo)
    with (repo / name).open("a") as file:
        file.write("\n")
    synthesise(repo)
    assert runs(repo) == 2


@pytest.mark.parametrize("name", ["stacks/new.py", "constructs_lib/edge/new.html", "environments/new.toml"])
def test_a_new_file_and_a_missing_one_miss(repo: Path, name: str) -> None:
    synthesise(repo)
    (repo / name).write_text("")
    synthesise(repo)
    assert runs(repo) == 2
    (repo / name).unlink()
    synthesise(repo)
    assert runs(repo) == 2, "this is what was kept first"


def _package(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = cache._installed_packages()
    monkeypatch.setattr(cache, "_installed_packages", lambda: [*installed, "cdktf-9.9.9.dist-info"])


def _python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version", "3.99.0")


def _node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_node_identity", lambda: "another node")


def _variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDKTF_CONTEXT_JSON", "{}")


@pytest.mark.parametrize("change", [_package, _python, _node, _variable])
def test_other_packages_interpreters_and_variables_miss(
    repo: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[pytest.MonkeyPatch], None]
) -> None:
    synthesise(repo)
    change(monkeypatch)
    synthesise(repo)
    assert runs(repo) == 2


def test_node_is_told_by_its_file(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    binary = repo / "bin" / "node"
    binary.parent.mkdir()
    binary.write_text("#!/bin/sh\n")
    binary.chmod(0o755)
    monkeypatch.setenv("PATH", str(binary.parent), prepend=os.pathsep)
    first = cache._node_identity()
    binary.write_text("#!/bin/sh\n# newer\n")
    assert str(binary.resolve()) in first
    assert cache._node_identity() != first


def test_the_same_content_under_another_name_misses(repo: Path) -> None:
    """The name of a file is the name of its environment."""
    synthesise(repo)
    other = repo / "elsewhere" / "other.toml"
    other.parent.mkdir()
    other.write_text(FILES["environments/dev.toml"])
    assert synthesise(repo, str(other)).layers[0].config["locals"]["file"] == FILES["environments/dev.toml"]
    assert runs(repo) == 2


def test_a_file_that_changes_while_it_is_read_is_not_kept(repo: Path) -> None:
    (repo / "main.py").write_text(f"{APP}\nwith open('stacks/edge.py', 'a') as file:\n    file.write('# saved')\n")
    synthesise(repo)
    assert entries(repo) == [] if (repo / ".sitechat" / "cache" / "synth").exists() else True
    synthesise(repo)
    assert runs(repo) == 2


def test_it_can_be_switched_off(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.SWITCH, "0")
    synthesise(repo)
    synthesise(repo)
    assert runs(repo) == 2
    assert not (repo / ".sitechat" / "cache").exists()


@pytest.mark.parametrize("damage", ["cut", "gone", "sums", "altered"])
def test_a_damaged_entry_is_made_anew(repo: Path, damage: str) -> None:
    first = synthesise(repo).sha256
    (entry,) = entries(repo)
    kept = entry / "files" / "stacks" / "only" / "cdk.tf.json"
    if damage == "cut":
        kept.write_bytes(kept.read_bytes()[:-1])
    elif damage == "gone":
        kept.unlink()
    elif damage == "altered":
        kept.write_bytes(kept.read_bytes().replace(b"1", b"2"))
    else:
        (entry / cache.SUMS).write_text("{")
    assert synthesise(repo).sha256 == first
    assert runs(repo) == 2
    assert synthesise(repo).sha256 == first
    assert runs(repo) == 2, "the entry was made anew"


def test_a_failure_is_not_kept(repo: Path) -> None:
    (repo / "main.py").write_text("raise SystemExit(1)")
    for _ in range(2):
        with pytest.raises(SitechatError):
            synthesise(repo)
    assert not (repo / ".sitechat" / "cache").exists()


def test_entries_are_their_owners_alone(repo: Path) -> None:
    synthesise(repo)
    (entry,) = entries(repo)
    for path in [entry, *entry.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_two_at_once_do_not_mix(repo: Path) -> None:
    """Different environments at the same moment, each many times: every result is its own environment's."""
    (repo / "environments" / "prod.toml").write_text('account_id = "2"')
    wrong: list[str] = []

    def many(env: str, account: str) -> None:
        for number in range(5):
            out = repo / "out" / f"{env}{number}"
            found = run.run_app(repo / "main.py", env, out, env)
            if account not in found.layers[0].config["locals"]["file"]:
                wrong.append(env)

    threads = [threading.Thread(target=many, args=pair) for pair in (("dev", '"1"'), ("prod", '"2"'), ("dev", '"1"'))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(entries(repo)) == 2


def test_the_oldest_entries_go(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "KEPT_ENTRIES", 2)
    for number in range(4):
        (repo / "stacks" / "edge.py").write_text(f"# {number}")
        synthesise(repo)
    assert len(entries(repo)) == 2


def test_an_environment_that_is_not_there_has_no_key(repo: Path) -> None:
    assert cache.synthesis_key(repo / "nowhere.py", "dev", b"") is None


WATCHED = """
import os, runpy, sys
root, log = os.path.realpath(sys.argv[1]) + os.sep, open(sys.argv[2], "w")
def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        path = os.path.realpath(os.fsdecode(arguments[0]))
        if path.startswith(root):
            log.write(path[len(root):] + "\\n")
            log.flush()
sys.addaudithook(watch)
sys.argv = [sys.argv[3]]
sys.path.insert(0, root)
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.mark.parametrize("script", ["main.py", "backend/main.py"])
def test_whatever_a_synthesis_opens_is_in_its_key(tmp_path: Path, script: str) -> None:
    log = tmp_path / "opened"
    variables = os.environ | {"CDKTF_OUTDIR": str(tmp_path / "out"), "SITECHAT_ENV": "prod"}
    command = [sys.executable, "-c", WATCHED, str(ROOT), str(log), script]
    subprocess.run(command, cwd=ROOT, env=variables, check=True, capture_output=True)
    opened = {line for line in log.read_text().splitlines() if "__pycache__" not in line}
    ours = {line for line in opened if not line.startswith((".venv", ".sitechat", "sitechat_infra.egg-info"))}
    hashed = {path.relative_to(ROOT).as_posix() for path in cache._source_files()}
    assert script in ours
    assert {line for line in ours if (ROOT / line).is_file()} <= hashed


def test_what_editors_and_programs_leave_beside_a_file_is_no_obstacle(repo: Path) -> None:
    (repo / "stacks" / ".#edge.py").symlink_to("anna@desk.1:2")
    os.mkfifo(repo / "stacks" / "pipe")
    synthesise(repo)
    synthesise(repo)
    assert runs(repo) == 1


def test_what_can_not_be_read_is_not_kept(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path) -> bytes:
        raise PermissionError(path)

    monkeypatch.setattr(cache, "_content", refused)
    synthesise(repo)
    synthesise(repo)
    assert runs(repo) == 2


def test_a_module_beside_main_py_and_one_in_a_linked_folder_miss(repo: Path, tmp_path: Path) -> None:
    linked = tmp_path / "elsewhere"
    linked.mkdir()
    (linked / "module.py").write_text("")
    (repo / "constructs_lib" / "linked").symlink_to(linked)
    synthesise(repo)
    (linked / "module.py").write_text("changed")
    synthesise(repo)
    (repo / "constructs.py").write_text("")
    synthesise(repo)
    assert runs(repo) == 3


def test_modules_from_elsewhere_keep_nothing(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(repo), str(tmp_path)]))
    synthesise(repo)
    synthesise(repo)
    assert runs(repo) == 2
    monkeypatch.setenv("PYTHONPATH", str(repo))
    synthesise(repo)
    synthesise(repo)
    assert runs(repo) == 3


@pytest.mark.parametrize("sums", ["{}", "[]", '{"stacks/only/cdk.tf.json": "0f"}'])
def test_an_entry_without_a_whole_list_of_files_is_made_anew(repo: Path, sums: str) -> None:
    synthesise(repo)
    (entry,) = entries(repo)
    (entry / cache.SUMS).write_text(sums)
    synthesise(repo)
    synthesise(repo)
    assert runs(repo) == 2


def test_drafts_of_killed_runs_go(repo: Path) -> None:
    synthesise(repo)
    folder = repo / ".sitechat" / "cache" / "synth"
    old, new = folder / ".old", folder / ".new"
    for draft in (old, new):
        draft.mkdir()
    os.utime(old, (0, 0))
    (repo / "cdktf.json").write_text("{ }")
    synthesise(repo)
    assert (old.exists(), new.exists()) == (False, True)


def test_no_place_to_keep_it_is_no_failure(repo: Path) -> None:
    (repo / ".sitechat" / "cache").mkdir(parents=True)
    (repo / ".sitechat" / "cache" / "synth").write_text("a file")
    assert synthesise(repo).layers


def test_another_synthesis_in_the_same_place_is_refused(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two environments of one name in different folders share the place of their results."""
    replace = whole.replace_folder

    def disturbed(source: Path, target: Path, strangers: whole.Strangers) -> None:
        replace(source, target, strangers)
        (target / "stacks" / "only" / "cdk.tf.json").write_text("{}")

    monkeypatch.setattr(whole, "replace_folder", disturbed)
    with pytest.raises(SitechatError, match="by another command"):
        synthesise(repo)
