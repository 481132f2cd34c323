"""Workflows for GitHub: pinned actions, who gets credentials, and that no code of a stranger is executed with them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.environments import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SCRIPT = ROOT / "tools" / "ci.sh"
ACTIONS = Path(__file__).with_name("actions.toml")
PINNED = re.compile(r"uses: ([\w.-]+/[\w.-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)$")
# Node 20 leaves GitHub's runners on 2026-09-23 ("Deprecation of Node 20 on GitHub Actions runners").
OLDEST_NODE = 24
SAME_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository"
every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def read(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def triggers(path: Path) -> set[str]:
    """Events that start a workflow. YAML 1.1 reads the key `on` as true."""
    return set(read(path)[True])


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = read(path)["jobs"]
    return found


def steps(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, job in jobs(path).items():
        yield from ((name, step) for step in job.get("steps", ()))


def roles(path: Path) -> dict[str, str]:
    """Role that each job assumes."""
    return {
        name: step["with"]["role-to-assume"]
        for name, step in steps(path)
        if step.get("uses", "").startswith("aws-actions/")
    }


def test_there_is_one_for_each_occasion() -> None:
    assert {path.stem: triggers(path) for path in WORKFLOWS} == {
        "pull-request": {"pull_request"},
        "deploy": {"push", "workflow_dispatch"},
        "deploy-environment": {"workflow_call"},
        "drift": {"schedule", "workflow_dispatch"},
        "cost": {"schedule", "workflow_dispatch"},
    }


@every_workflow
def test_every_action_is_pinned_by_commit_with_its_version(path: Path) -> None:
    lines = [line.strip().removeprefix("- ") for line in path.read_text().splitlines() if "uses:" in line]
    assert lines
    assert [line for line in lines if not PINNED.match(line) and not line.startswith("uses: ./.github/")] == []


def used_actions() -> set[tuple[str, str, str]]:
    """Name, commit and version of every action."""
    found = (PINNED.search(line) for path in WORKFLOWS for line in path.read_text().splitlines())
    return {(match[1], match[2], match[3]) for match in found if match}


def test_an_action_has_one_version_everywhere() -> None:
    names = [name for name, _, _ in used_actions()]
    assert len(names) == len(set(names)), used_actions()


def test_every_commit_is_that_of_the_release_as_far_as_public_texts_say() -> None:
    confirmed = tomllib.loads(ACTIONS.read_text(encoding="utf-8"))["action"]
    assert {(each["name"], each["commit"], each["version"]) for each in confirmed} == used_actions()
    assert [each["name"] for each in confirmed if not each["sources"]] == []


def test_no_action_needs_a_node_that_runners_no_longer_have() -> None:
    confirmed = tomllib.loads(ACTIONS.read_text(encoding="utf-8"))["action"]
    assert {each["name"]: each["node"] for each in confirmed if each["node"] < OLDEST_NODE} == {}


@every_workflow
def test_rights_are_named_job_by_job(path: Path) -> None:
    assert read(path)["permissions"] == {}
    writing = {
        (name, right)
        for name, job in jobs(path).items()
        for right, level in job["permissions"].items()
        if level != "read"
    }
    expected = {(name, "id-token") for name in roles(path)}
    expected |= {("comment", "pull-requests")} if path.stem == "pull-request" else set()
    expected |= {("deploy", "id-token")} if path.stem == "deploy" else set()
    assert writing == expected


def test_a_fork_gets_no_credentials() -> None:
    (path,) = (each for each in WORKFLOWS if each.stem == "pull-request")
    assert roles(path) == {"plan": "${{ matrix.plan }}"}
    assert SAME_REPOSITORY in jobs(path)["plan"]["if"]
    assert "||" not in jobs(path)["plan"]["if"]
    assert jobs(path)["comment"]["needs"] == "plan"
    assert jobs(path)["check"]["permissions"] == {"contents": "read"}
    assert "secrets." not in path.read_text()


def test_who_writes_comments_runs_nothing_of_the_pull_request() -> None:
    (path,) = (each for each in WORKFLOWS if each.stem == "pull-request")
    comment = [step for name, step in steps(path) if name == "comment"]
    assert not [step for step in comment if "checkout" in step.get("uses", "") or "tools/" in step.get("run", "")]


def test_only_an_approved_environment_gets_the_roles_that_apply_and_release() -> None:
    (path,) = (each for each in WORKFLOWS if each.stem == "deploy-environment")
    assert roles(path) == {
        "plan": "${{ inputs.publish-role }}",
        "apply": "${{ inputs.apply-role }}",
        "release": "${{ inputs.release-role }}",
    }
    for name, after in (("apply", "plan"), ("release", "apply")):
        assert jobs(path)[name]["environment"] == "${{ inputs.env }}"
        assert jobs(path)[name]["needs"] == after
    assert "environment" not in jobs(path)["plan"]
    others = {role for each in WORKFLOWS if each != path for role in roles(each).values()}
    assert others == {"${{ matrix.plan }}", "${{ matrix.cost }}"}


def test_what_an_apply_left_waiting_is_released_and_nothing_else() -> None:
    (path,) = (each for each in WORKFLOWS if each.stem == "deploy-environment")
    found = jobs(path)
    assert found["apply"]["outputs"] == {"release": "${{ steps.apply.outputs.release }}"}
    assert [each["run"] for each in found["apply"]["steps"] if each.get("id") == "apply"] == [
        'bash tools/ci.sh apply "$TARGET" "$BUNDLE"'
    ]
    assert found["release"]["if"] == "needs.apply.outputs.release != ''"
    (step,) = (each for each in found["release"]["steps"] if "tools/ci.sh release" in each.get("run", ""))
    assert step["env"]["IMAGE"] == "${{ needs.apply.outputs.release }}"


def test_every_environment_hands_on_all_its_roles() -> None:
    (path,) = (each for each in WORKFLOWS if each.stem == "deploy")
    (inner,) = (each for each in WORKFLOWS if each.stem == "deploy-environment")
    given = jobs(path)["deploy"]["with"]
    assert given.keys() == read(inner)[True]["workflow_call"]["inputs"].keys()
    assert {given[f"{each}-role"] for each in ("publish", "apply", "release")} == {
        f"${{{{ matrix.{each} }}}}" for each in ("publish", "apply", "release")
    }


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., tuple[str, list[str]]]:
    """Runs a step with a `sitechat` that prints what is given: what the step prints, and how `sitechat` was called."""

    def run(printed: dict[str, Any], *words: str) -> tuple[str, list[str]]:
        (tmp_path / "tools").mkdir(exist_ok=True)
        (tmp_path / "tools" / "ci.sh").write_text(SCRIPT.read_text(encoding="utf-8"))
        reports = tmp_path / ".sitechat" / "reports" / "dev"
        reports.mkdir(parents=True, exist_ok=True)
        (reports / "report.md").write_text("report")
        python = tmp_path / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True, exist_ok=True)
        python.write_text(
            f'#!/bin/sh\nif [ "$1" = -m ]; then echo "$@" >> called; echo \'{json.dumps(printed)}\'\n'
            f'else exec {sys.executable} "$@"; fi\n'
        )
        python.chmod(0o755)
        done = subprocess.run(
            ["bash", "tools/ci.sh", *words], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout, (tmp_path / "called").read_text().splitlines()

    return run


DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("pending", "handed_on"),
    [
        ({"what": "x", "command": "sitechat release", "image": DIGEST}, DIGEST),
        ({"what": "no image", "command": "sitechat image push", "image": ""}, ""),
        (None, ""),
    ],
)
def test_the_apply_step_hands_on_which_image_waits(script: Any, pending: dict[str, str] | None, handed_on: str) -> None:
    out, called = script({"bundle": "b", "pending": pending}, "apply", "environments/dev.toml", "b")
    assert called == ["-m pipeline apply b --env environments/dev.toml --json"]
    assert out == f"release={handed_on}\n"


def test_the_release_step_releases_exactly_that_image_and_keeps_its_record(script: Any, tmp_path: Path) -> None:
    out, called = script({"release": {"id": "r"}}, "release", "dev", DIGEST)
    assert called == [f"-m pipeline release --env dev --image {DIGEST} --json"]
    assert json.loads(out) == json.loads((tmp_path / "ci-out" / "dev" / "release.json").read_text())


@every_workflow
def test_nothing_is_written_into_a_script(path: Path) -> None:
    """Values must reach scripts as variables: an expression in `run` is pasted into the script unquoted."""
    assert [step["run"] for _, step in steps(path) if "${{" in step.get("run", "")] == []


@every_workflow
def test_no_checkout_leaves_its_token_behind(path: Path) -> None:
    found = [step for _, step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
    assert [step for step in found if step["with"]["persist-credentials"] is not False] == []


@every_workflow
def test_every_job_ends(path: Path) -> None:
    assert [name for name, job in jobs(path).items() if "uses" not in job and "timeout-minutes" not in job] == []


@every_workflow
def test_the_steps_are_those_of_the_script(path: Path) -> None:
    offered = set(re.findall(r"^#   tools/ci\.sh (\w+)", SCRIPT.read_text(), re.MULTILINE))
    called = {word for _, step in steps(path) for word in re.findall(r"tools/ci\.sh (\w+)", step.get("run", ""))}
    assert called <= offered


@pytest.mark.parametrize(
    "words", [[], ["lunch"], ["review"], ["apply", "dev"], ["release", "dev"], ["drift", "dev", "more"]]
)
def test_the_script_says_how_it_is_used(words: list[str]) -> None:
    done = subprocess.run(["bash", str(SCRIPT), *words], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "tools/ci.sh publish ENV" in done.stderr


@every_workflow
def test_no_synthesis_or_plan_is_restored_from_a_shared_cache(path: Path) -> None:
    """What a fork's run could have stored there would be deployed by another."""
    restored = [step for _, step in steps(path) if "cache" in step.get("uses", "") or "cache" in step.get("with", {})]
    assert [step for step in restored if ".sitechat" in str(step) or "actions/cache" in step["uses"]] == []
    assert "actions/cache" not in SCRIPT.read_text(encoding="utf-8")


def test_what_prices_is_told_what_was_accepted() -> None:
    """Steps that price an environment get the repository's list; none sets a list of its own."""
    found = {}
    for path in WORKFLOWS:
        for _, step in steps(path):
            called = re.search(r"tools/ci\.sh (check|review|publish)", str(step.get("run", "")))
            if called:
                found[called[1]] = step.get("env", {}).get("SITECHAT_ACCEPT_UNPRICED")
    assert found == dict.fromkeys(("check", "review", "publish"), "${{ vars.SITECHAT_ACCEPT_UNPRICED }}")
