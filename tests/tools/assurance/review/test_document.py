"""Security review: document and code agree, and every address and test it names exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from config import load
from pipeline.scan.waivers import waivers_in_force
from pipeline.work import repo_root
from policies.proof.reachability import works
from policies.proof.reading import read_network
from tests.policies.proof.configurations import Configs, configuration, copied, resource
from tests.support.shared import synthesis
from tests.tools.assurance.review.judged_controls import judged_controls, reviewed_environments
from tools.assurance.review import __main__ as command
from tools.assurance.review.document import renewed, review_page, reviewed_environment, reviewed_names, waivers
from tools.assurance.review.picture import mermaid

TEXT = review_page().read_text(encoding="utf-8")
TESTS = sorted(set(re.findall(r"`(tests/[\w/]+\.py::\w+)`", TEXT)))


def test_the_document_is_what_the_code_would_write() -> None:
    assert renewed(TEXT, reviewed_environments()) == TEXT, "run `python -m tools.assurance.review`"


def test_the_command_writes_what_the_test_compares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "synthesise", lambda env, out, *, env_ref: synthesis(env_ref))
    document = tmp_path / "review.md"
    document.write_text(TEXT)
    command.rewrite_review(document, ("dev",))
    assert document.read_text() == renewed(TEXT, [each for each in reviewed_environments() if each.env.name == "dev"])
    assert document.read_text() != TEXT


def test_a_changed_environment_changes_the_document() -> None:
    def encrypt_no_topic(configs: Configs) -> Configs:
        del resource(configs, "infrastructure", "aws_sns_topic", "alarms_topic")["kms_master_key_id"]
        return configs

    changed = [reviewed_environment(name, encrypt_no_topic(copied(name))) for name in reviewed_names()]
    assert "| SNS.1 | Topics under a customer key | open" in renewed(TEXT, changed)


def test_a_lost_part_is_missed() -> None:
    with pytest.raises(ValueError, match="no place for waivers"):
        renewed(TEXT.replace("<!-- generated: waivers -->", ""), reviewed_environments())


@cache
def functions(file: str) -> frozenset[str]:
    tree = ast.parse((repo_root() / file).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("test", TESTS)
def test_every_test_named_exists(test: str) -> None:
    file, _, name = test.partition("::")
    assert name.startswith("test_")
    assert name in functions(file)


def test_every_row_names_a_test_of_the_document() -> None:
    assert {control.test for control, _ in judged_controls()} <= set(TESTS)


@cache
def built(name: str) -> frozenset[str]:
    lines = (repo_root() / "tests" / "addresses" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.replace(" ", "/", 1) for line in lines)


@pytest.mark.parametrize("name", reviewed_names())
def test_every_address_looked_at_is_built(name: str) -> None:
    looked_at = {address for _, row in judged_controls() for address in row[name].addresses}
    assert looked_at <= built(name)
    assert len(looked_at) > 50


def test_every_address_shown_is_built() -> None:
    shown = set(re.findall(r"`([a-z]+/aws_[\w.]+)`", TEXT))
    assert shown <= frozenset().union(*(built(name) for name in reviewed_names()))
    assert shown


def test_every_waiver_in_force_is_shown_with_its_end() -> None:
    relevant = {each for name in reviewed_names() for each in waivers_in_force(waivers(), load(name))}
    for each in relevant:
        assert f"| {each.expires.isoformat()} | {each.check} | `{each.address}` |" in TEXT
    assert relevant


@pytest.mark.parametrize("name", ["dev", "prod", "endpoints"])
def test_the_picture_shows_the_paths_that_work(name: str) -> None:
    paths = works(read_network(configuration(name)))
    arrows = [line for line in mermaid(configuration(name)).splitlines() if "-->" in line]
    # Viewers come to CloudFront from outside the proof.
    assert len(arrows) == len(paths) + 1


@pytest.mark.parametrize(("name", "first"), [("dev", "tcp 80, in clear"), ("prod", "tcp 443, TLS")])
def test_the_picture_says_where_a_question_goes_in_clear(name: str, first: str) -> None:
    lines = mermaid(configuration(name)).splitlines()
    assert f'  cloudfront -->|"{first}"| alb' in lines
    assert '  alb -->|"tcp 8080, TLS"| task' in lines
