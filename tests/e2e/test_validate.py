"""Validation (`terraform validate`) of every layer of every environment, and of one outside CloudFront's region."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from config import load
from pipeline.errors import SitechatError
from pipeline.synth.layers import Layer, Synthesis
from pipeline.synth.run import synthesise
from tests.e2e.offline import PROVIDERS_AT_A_TIME, Offline
from tests.support.environments import NAMES

pytestmark = pytest.mark.slow

FAR = """
account_id = "111111111111"
region = "eu-central-1"

[network]
egress = "endpoints"
workload_zones = 2

[dns]
domain = "chat.example.com"

[service]
execute_command = true

[search]
instance_count = 2

[bedrock]
model_id = "eu.amazon.nova-lite-v1:0"
destination_regions = ["eu-central-1", "eu-west-1"]
invocation_logging = "own"
published_personal_data = ["EMAIL", "PHONE"]

[security]
trail = "own"

[monitoring]
alarm_emails = ["oncall@example.com"]
"""


def _synthesised(ref: str, folder: Path) -> Synthesis:
    return synthesise(load(ref), folder / "synth", env_ref=ref)


def _problems(synthesis: Synthesis, offline: Offline) -> dict[str, str]:
    """Errors of Terraform by layer."""

    def problem(layer: Layer) -> str:
        try:
            offline.terraform(offline.lay_out(layer.name, layer.config)).validate()
        except SitechatError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(PROVIDERS_AT_A_TIME) as pool:
        found = zip(synthesis.layers, pool.map(problem, synthesis.layers), strict=True)
        return {layer.name: text for layer, text in found if text}


@pytest.mark.parametrize("name", NAMES)
def test_every_layer_is_valid(name: str, tmp_path: Path) -> None:
    synthesis = _synthesised(name, tmp_path)
    assert _problems(synthesis, Offline.install(tmp_path, synthesis)) == {}


def test_every_layer_is_valid_far_from_cloudfronts_region(tmp_path: Path) -> None:
    file = tmp_path / "far.toml"
    file.write_text(FAR)
    synthesis = _synthesised(str(file), tmp_path)
    assert {"dns", "certificates", "edge"} < {layer.name for layer in synthesis.layers}
    assert _problems(synthesis, Offline.install(tmp_path, synthesis)) == {}


def test_what_the_provider_refuses_is_found(tmp_path: Path) -> None:
    synthesis = _synthesised("dev", tmp_path)
    network = synthesis.layer("infrastructure")
    for subnet in network.config["resource"]["aws_subnet"].values():
        subnet["cidr_block"] = "10.20.0.0/33"
    alone = replace(synthesis, layers=(network,))
    assert "10.20.0.0/33" in _problems(alone, Offline.install(tmp_path, alone))["infrastructure"]
