"""Preview configuration: a layer can be planned before the outputs it reads exist."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from config.place import Place
from pipeline.errors import SitechatError
from pipeline.planning.preview import output_resolver, preview_config
from pipeline.planning.waves import LayerOutputs
from pipeline.synth import layers
from pipeline.synth.layers import Synthesis
from pipeline.synth.references import outputs_read, state_owners
from tests.pipeline import samples

PLACE = Place("222222222222", "eu-west-1", "aws")


def preview(pair: Synthesis, first: LayerOutputs) -> dict[str, Any]:
    resolve = output_resolver(pair.layers, {"first": first}, PLACE)
    return preview_config(pair.layer("second"), pair.layers, resolve)


def test_a_layer_knows_what_it_reads_from_whom(pair: Synthesis) -> None:
    assert state_owners(pair.layer("second"), pair.layers) == {"up": "first"}
    assert outputs_read(pair.layer("second"), pair.layers) == {"first": ("topic", "vpc")}
    assert outputs_read(pair.layer("first"), pair.layers) == {}


def test_reading_a_state_that_no_layer_writes_is_an_error(tmp_path: Path) -> None:
    second = copy.deepcopy(samples.SECOND)
    second["data"]["terraform_remote_state"]["up"]["config"]["key"] = "elsewhere"
    found = layers.read_synthesis(samples.write(tmp_path, {"second": (second, [])}), "dev")
    with pytest.raises(SitechatError, match="'elsewhere', which no layer"):
        outputs_read(found.layer("second"), found.layers)


def test_a_preview_touches_no_remote_state(pair: Synthesis) -> None:
    config = preview(pair, LayerOutputs(preview=False))
    assert config["terraform"]["backend"] == {"local": {"path": "terraform.tfstate"}}
    assert "terraform_remote_state" not in json.dumps(config)
    assert config["data"] == {"aws_region": {"here": {}}}


def test_references_become_locals_that_hold_placeholders(pair: Synthesis) -> None:
    config = preview(pair, LayerOutputs(preview=False))
    reference = config["resource"]["aws_security_group"]["web"]["vpc_id"]
    assert reference == "${local.preview_first_vpc}"
    assert config["locals"]["preview_first_vpc"].startswith("vpc-000000000")
    assert config["locals"]["preview_first_topic"] == "arn:aws:sns:eu-west-1:222222222222:alerts"


def test_values_that_are_known_are_used(pair: Synthesis) -> None:
    first = LayerOutputs(
        preview=False,
        stored={"vpc": "vpc-real", "topic": "old"},
        changing=frozenset({"topic"}),
        planned={"topic": "new"},
    )
    config = preview(pair, first)
    assert config["locals"] == {"preview_first_vpc": "vpc-real", "preview_first_topic": "new"}


def test_a_changing_value_is_not_taken_from_the_old_state(pair: Synthesis) -> None:
    config = preview(pair, LayerOutputs(preview=False, stored={"vpc": "vpc-old"}, changing=frozenset({"vpc"})))
    assert config["locals"]["preview_first_vpc"] != "vpc-old"


def test_values_are_not_evaluated_as_templates(pair: Synthesis) -> None:
    config = preview(pair, LayerOutputs(preview=False, stored={"vpc": "${aws:username} %{if}", "topic": ["${x}"]}))
    assert config["locals"]["preview_first_vpc"] == "$${aws:username} %%{if}"
    assert config["locals"]["preview_first_topic"] == ["$${x}"]


def test_the_layer_itself_is_left_as_it_is(pair: Synthesis) -> None:
    before = copy.deepcopy(pair.layer("second").config)
    preview(pair, LayerOutputs(preview=False))
    assert pair.layer("second").config == before
