"""Reading a synthesised folder as layers."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import ExitCode, SitechatError
from pipeline.synth import layers
from pipeline.synth.layers import Synthesis
from tests.pipeline import samples


def test_layers_come_in_the_order_they_can_be_applied(pair: Synthesis) -> None:
    assert [layer.name for layer in pair.layers] == ["first", "second"]
    assert pair.layer("second").dependencies == ("first",)


def test_a_layer_knows_its_resources_and_backend(pair: Synthesis) -> None:
    first = pair.layer("first")
    assert first.resources == ("aws_acm_certificate.viewer", "aws_sns_topic.alerts", "aws_vpc.net")
    assert first.backend["key"] == "sitechat/dev/us-east-1/first.tfstate"


def test_an_unknown_layer_is_a_usage_error_that_lists_the_known(pair: Synthesis) -> None:
    with pytest.raises(SitechatError) as caught:
        pair.layer("third")
    assert caught.value.code is ExitCode.USAGE
    assert "first, second" in caught.value.hint


def test_the_hash_follows_content_and_not_place(tmp_path: Path) -> None:
    here, there = samples.synthesis(tmp_path / "a"), samples.synthesis(tmp_path / "b")
    assert here.sha256 == there.sha256
    changed = {"first": (samples.FIRST, []), "second": ({**samples.SECOND, "output": {}}, ["first"])}
    assert layers.read_synthesis(samples.write(tmp_path / "c", changed), "dev").sha256 != here.sha256


def test_a_truncated_file_is_an_error_that_names_it(pair: Synthesis) -> None:
    path = pair.layer("first").path
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(SitechatError, match=r"first/cdk\.tf\.json can't be read"):
        _ = layers.read_synthesis(pair.dir, "dev").layer("first").config


def test_a_missing_folder_says_to_synthesise(tmp_path: Path) -> None:
    with pytest.raises(SitechatError) as caught:
        layers.read_synthesis(tmp_path / "nowhere", "dev")
    assert caught.value.code is ExitCode.MISSING
    assert "sitechat synth" in caught.value.hint


@pytest.mark.parametrize(
    ("needs", "told"), [(["second"], "on each other in a circle"), (["elsewhere"], "on elsewhere, which is missing")]
)
def test_a_circle_and_a_missing_layer_are_refused(tmp_path: Path, needs: list[str], told: str) -> None:
    configs = {"first": (samples.FIRST, needs), "second": (samples.SECOND, ["first"])}
    with pytest.raises(SitechatError, match=f"layers depend {told}: first, second"):
        layers.read_synthesis(samples.write(tmp_path, configs), "dev")
