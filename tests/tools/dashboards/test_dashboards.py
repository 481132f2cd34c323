"""The pictures of the dashboards: current, complete, and the same each time."""

from __future__ import annotations

import re
from functools import cache
from xml.etree import ElementTree as ET

import pytest

from config import load
from pipeline.synth.layers import Synthesis
from tests.support import shared
from tests.support.environments import ROOT
from tools.dashboards import __main__ as program
from tools.dashboards.boards import Line, read_alarms, read_boards
from tools.dashboards.graph import draw_graph
from tools.dashboards.picture import SAMPLE
from tools.dashboards.sample import POINTS, RINGING, rings, values_of

PREFIX = "sitechat-prod-"
SVG = "{http://www.w3.org/2000/svg}"


@cache
def _synthesis() -> Synthesis:
    return program.synthesised(load(program.ENV), shared.synthesised)


@cache
def _files() -> dict[str, str]:
    return program.files(_synthesis(), PREFIX)


def _texts(name: str) -> list[str]:
    return [str(each.text) for each in ET.fromstring(_files()[name]).iter(f"{SVG}text")]


PICTURES = ("dashboards/site.svg", "dashboards/model.svg")
every_picture = pytest.mark.parametrize("name", PICTURES)
