"""The environments of this repository pass the gate, and every waiver of theirs is needed."""

from __future__ import annotations

import functools
import json
from datetime import date
from pathlib import Path

import pytest

from config import load
from pipeline import layers
from pipeline.scan.gate import judge, known_environments, scan_layers
from pipeline.scan.model import ScanResult
from pipeline.scan.waivers import in_force, read_waivers
from pipeline.synthesis import synthesize
from pipeline.work import repo_root

WAIVERS = repo_root() / "policies" / "waivers.toml"
TODAY = date(2026, 12, 1)  # fixed: the gate notices a waiver that expires, these tests are about the rest
ENVIRONMENTS = tuple(known_environments())


@functools.cache
def scanned(name: str, folder: Path) -> tuple[layers.Synthesis, ScanResult]:
    """One synthesis and one scan an environment, shared by the tests below."""
    synthesis = synthesize(load(name), folder / name, env_ref=name)
    return synthesis, scan_layers({layer.name: layer.path for layer in synthesis.layers}, synthesis.dir, load(name))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("environments")


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_resource_of_the_environment_is_seen(name: str, folder: Path) -> None:
    synthesis, scan = scanned(name, folder)
    synthesised = {f"{layer.name}/{address}" for layer in synthesis.layers for address in layer.resources}
    assert scan.resources == synthesised
    assert scan.problems == ()


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_nothing_is_left_unwaived(name: str, folder: Path) -> None:
    verdict = judge(scanned(name, folder)[1], load(name), today=TODAY)
    assert [(finding.check, finding.address) for finding in verdict.findings] == []
    assert verdict.problems == ()


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_without_any_one_waiver_the_gate_is_red(name: str, folder: Path, tmp_path: Path) -> None:
    _, scan = scanned(name, folder)
    path = tmp_path / "waivers.toml"
    blocks = WAIVERS.read_text(encoding="utf-8").split("[[waiver]]")
    removed = 0
    env, every = load(name), read_waivers(WAIVERS)[0]
    counting = {(each.check, each.address) for each in in_force(every, env)[0] if name in each.environments}
    for number, (block, waiver) in enumerate(zip(blocks[1:], every, strict=True), start=1):
        path.write_text("[[waiver]]".join(blocks[:number] + blocks[number + 1 :]))
        if (waiver.check, waiver.address) in counting:
            found = {
                (finding.check, finding.address) for finding in judge(scan, env, waivers=path, today=TODAY).findings
            }
            assert (waiver.check, waiver.address) in found, block
            removed += 1
    assert removed > 0


def test_prod_waives_at_most_three_findings_as_scanner_defects() -> None:
    waivers = [each for each in read_waivers(WAIVERS)[0] if "prod" in each.environments]
    assert len({each.check for each in waivers if each.kind == "scanner defect"}) <= 3


def test_the_verdict_is_the_same_twice(folder: Path) -> None:
    """Order and text must not depend on the run: reports and manifests hold them."""
    synthesis, first = scanned("dev", folder)
    env = load("dev")
    second = scan_layers({layer.name: layer.path for layer in synthesis.layers}, synthesis.dir, env)
    assert json.dumps(judge(first, env, today=TODAY).to_dict()) == json.dumps(judge(second, env, today=TODAY).to_dict())
