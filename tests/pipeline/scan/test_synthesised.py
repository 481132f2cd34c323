"""A folder from elsewhere is what this checkout makes of the environment."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.scan.assets import asset_problems
from pipeline.scan.synthesised import MOST_LINES, differences
from pipeline.synth.layers import Synthesis, read_synthesis
from tests.support.shared import synthesis


@pytest.fixture
def copy(tmp_path: Path) -> Synthesis:
    return read_synthesis(shutil.copytree(synthesis("dev").dir, tmp_path / "dev"), "dev")


def changed(copy: Synthesis, layer: str, change: Callable[[dict[str, Any]], object]) -> list[str]:
    path = copy.layer(layer).path
    config = json.loads(path.read_text())
    change(config)
    path.write_text(json.dumps(config))
    return differences(read_synthesis(copy.dir, "dev"), synthesis("dev"))


def only(config: dict[str, Any], kind: str) -> dict[str, Any]:
    body: dict[str, Any] = next(iter(config["resource"][kind].values()))
    return body


def test_a_copy_differs_in_nothing(copy: Synthesis) -> None:
    assert differences(copy, synthesis("dev")) == []


def test_layout_and_order_of_the_text_are_nothing(copy: Synthesis) -> None:
    assert changed(copy, "edge", lambda config: config.update(resource=config.pop("resource"))) == []


def test_blocks_that_operators_add_are_left_to_their_own_rules(copy: Synthesis) -> None:
    assert changed(copy, "edge", lambda config: config.update(moved=[])) == []


def test_a_changed_argument_is_named_with_what_is_expected(copy: Synthesis) -> None:
    lines = changed(copy, "edge", lambda config: only(config, "aws_wafv2_web_acl").update(scope="REGIONAL"))
    assert [line.partition(" in dev")[0] for line in lines] == [
        'edge/aws_wafv2_web_acl.firewall_acl_37C13A0A: scope is expected to be "CLOUDFRONT"'
    ]


def test_numbers_and_truths_are_not_taken_for_each_other(copy: Synthesis) -> None:
    assert changed(copy, "infrastructure", lambda config: only(config, "aws_kms_key").update(enable_key_rotation=1))


def test_a_secret_that_was_put_in_is_not_shown(copy: Synthesis) -> None:
    lines = changed(copy, "edge", lambda config: only(config, "aws_s3_bucket").update(tags={"x": "hunter2"}))
    assert len(lines) == 1
    assert "hunter2" not in lines[0]


def test_a_layer_more_or_less(copy: Synthesis) -> None:
    dev = synthesis("dev")
    less = Synthesis("dev", copy.dir, copy.layers[1:])
    assert differences(less, dev)[0].startswith(f"{copy.layers[0].name}: the layer is missing")
    assert differences(dev, less)[0].startswith(f"{copy.layers[0].name}: dev has no such layer")


def test_many_differences_are_counted(copy: Synthesis) -> None:
    lines = changed(copy, "edge", lambda config: config["resource"].clear())
    assert len(lines) == MOST_LINES + 1
    assert "more differences" in lines[-1]


def asset(copy: Synthesis) -> Path:
    return next(path for path in copy.layer("llm").path.parent.rglob("*.zip"))


def test_another_asset_is_refused_by_its_hash(copy: Synthesis) -> None:
    llm = copy.layer("llm")
    assert asset_problems(llm.config, llm.path.parent) == []
    asset(copy).write_bytes(b"PK")
    assert "is not the file that was synthesised" in asset_problems(llm.config, llm.path.parent)[0]
    assert any("is not the file that is uploaded" in line for line in differences(copy, synthesis("dev")))


@pytest.mark.parametrize("kind", ["link", "gone", "more"])
def test_assets_are_plain_files_that_are_referred_to(copy: Synthesis, kind: str) -> None:
    path = asset(copy)
    if kind == "more":
        path.with_name("more.zip").write_bytes(b"")
    else:
        content = path.read_bytes()
        path.unlink()
        if kind == "link":
            (copy.dir / "outside").write_bytes(content)
            path.symlink_to(copy.dir / "outside")
    told = {"link": "symbolic link", "gone": "no such file", "more": "is uploaded by nothing"}[kind]
    llm = copy.layer("llm")
    assert told in "".join(asset_problems(llm.config, llm.path.parent))


def test_a_path_that_leads_out_is_refused(copy: Synthesis) -> None:
    llm = copy.layer("llm")
    body = only(llm.config, "aws_s3_object")
    for source, told in (("assets/../../../manifest.json", "leads out"), ("/etc/passwd", "no file that was")):
        body["source"] = source
        assert told in "".join(asset_problems(llm.config, llm.path.parent))
