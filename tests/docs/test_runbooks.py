"""Runbooks and the hints of errors say the same words, and name paths as they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.commands.recover import leftover_lines
from pipeline.recovery.leftovers import Leftovers
from pipeline.recovery.locks import Lock
from pipeline.recovery.matching import Orphan, Unsure
from pipeline.terraform.failures import KNOWN, explain_failure
from pipeline.work import Work
from tests.docs.commands import ROOT

RUNBOOKS = ROOT / "docs" / "runbooks"
REAL, EMULATED = Work(Path()).terraform("ENV"), Work(Path(), run="RUN").terraform("ENV")
# Runbook -> what leads to it, as Terraform or AWS says it.
LED = {
    "killed-apply": "Error: creating IAM Role (x): EntityAlreadyExists: Role with name x already exists.",
    "state-damaged": "Error: state data in S3 does not have the expected content.",
}
HELD = "Error: Error acquiring the state lock\n\nLock Info:\n  ID:        ID\n  Who:       ann@desk"


def framed(text: str) -> str:
    return "\n".join(["╷", *(f"│ {line}" for line in text.splitlines()), "╵"]) + "\n"


def hint(text: str) -> str:
    return explain_failure(framed(text), env="ENV", layer="LAYER", directory="DIRECTORY").hint


@pytest.mark.parametrize("path", ["deployment.md", "runbooks/README.md"])
def test_every_alarm_leads_to_its_runbook(path: str) -> None:
    """Alarms as docs/dashboards.md has them; those of parts of an objective tell nobody by themselves."""
    alarms = re.findall(
        r"^\| `(…-[a-z0-9-]+)` \| (?:page|ticket)[^|]*\|.*\[([a-z-]+)\]\(runbooks/", read("dashboards.md"), re.MULTILINE
    )
    assert len(alarms) > 40
    rows = [row for row in read(path).splitlines() if row.startswith("| ")]
    for alarm, runbook in alarms:
        fits = " ".join(row for row in rows if f"{runbook}.md)" in row)
        leading = {*re.findall(r"`(…-[a-z0-9-]+(?:…|SOURCE)?)`", fits)}
        ends = tuple(each for each in leading if not each.endswith(("…", "SOURCE")))
        begins = tuple(each.removesuffix("SOURCE").removesuffix("…") for each in leading - {*ends})
        assert alarm in ends or alarm.startswith(begins), f"{path} doesn't lead from {alarm} to {runbook}"


def read(path: str) -> str:
    return (ROOT / "docs" / path).read_text(encoding="utf-8")


def page(name: str) -> str:
    return (RUNBOOKS / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", LED)
def test_what_leads_to_a_runbook_shows_its_first_command(name: str) -> None:
    shown = hint(LED[name])
    assert f"docs/runbooks/{name}.md" in shown
    (first, *_) = re.findall(r"^sitechat .+$", page(name), re.MULTILINE)
    assert f"`{first}`" in shown
    assert "--repair" in shown


def test_a_lock_is_released_in_one_way() -> None:
    command = "sitechat recover --env ENV --unlock ID"
    assert f"`{command}`" in hint(HELD)
    assert f"`{command}`" in page("state-lock-held")
    lock = Lock("LAYER", "ID", "ann@desk", "", "", ("S3",))
    assert any(line.endswith(command) for line in leftover_lines(Leftovers(locks=(lock,)), "ENV"))
    others = [each.hint for each in KNOWN if "force-unlock" in each.hint]
    assert others == []
    assert [path.name for path in RUNBOOKS.glob("*.md") if "force-unlock" in path.read_text(encoding="utf-8")] == []


def test_every_folder_that_a_runbook_names_is_where_it_says() -> None:
    folders = {REAL.as_posix(), EMULATED.as_posix()}
    for path in sorted(RUNBOOKS.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        for named in re.findall(r"\.sitechat/[\w./-]*terraform/ENV", text):
            assert named in folders, path.name
        for folder in re.findall(r"-chdir=(\S+)/\S+", text):
            assert folder in folders, path.name


def test_what_recover_prints_needs_no_folder() -> None:
    """Terraform by hand would need the environment's folder, and in the emulated AWS its address and keys."""
    unsure = Unsure("LAYER", "aws_vpc.net", ("vpc-1", "vpc-2"))
    left = Leftovers(orphans=(Orphan("arn:aws:unheard:us-east-1:1:of/it"),), unsure=(unsure,))
    shown = "\n".join(leftover_lines(left, "local"))
    assert "terraform" not in shown
    assert "sitechat recover --env local --repair --import LAYER/ADDRESS=ID" in shown
    assert "sitechat recover --env local --repair --import LAYER/aws_vpc.net=vpc-1" in shown
    assert "--import LAYER/ADDRESS=ID" in page("killed-apply")
