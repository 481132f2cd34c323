"""The report of a deployment in several waves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from config import load
from pipeline.report import LayerResult
from pipeline.report.bundles import from_synthesis
from pipeline.report.write import mark_applied, merge_waves
from pipeline.synth.layers import Synthesis

PLANNED = LayerResult("first", "planned", {"format_version": "1.2"}, {})
PREVIEW = LayerResult("second", "preview", {}, {})
URL = {"url": {"value": "https://chat.example.com", "sensitive": False}}


@pytest.mark.parametrize(
    ("left", "command"), [((), "sitechat outputs --env dev"), (("second",), "sitechat plan --env dev")]
)
def test_each_layer_is_shown_by_the_last_wave_that_planned_it(
    pair: Synthesis, left: tuple[str, ...], command: str
) -> None:
    wave = from_synthesis(pair, load("dev"), commit="", verdict=None)
    later = replace(PREVIEW, status="planned")
    data = merge_waves([replace(wave, layers=(PLANNED, PREVIEW)), replace(wave, layers=(later,))], left=left)
    assert data.layers == (PLANNED, later)
    assert data.next_steps == (command,)


def test_an_applied_layer_has_the_outputs_of_now() -> None:
    assert mark_applied([PLANNED, PREVIEW], {"first": URL}) == (
        replace(PLANNED, status="applied", outputs=URL),
        PREVIEW,
    )


def test_a_layer_that_had_nothing_to_change_is_not_called_applied() -> None:
    idle = replace(PLANNED, status="unchanged")
    assert mark_applied([idle], {"first": URL}) == (replace(idle, outputs=URL),)
