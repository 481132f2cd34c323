"""Constants on regions and sizes agree with the data of cfn-lint, which is installed with the emulators."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from config import aws_data
from config.offers import NOWHERE, family_offered
from config.reading import ROOT
from config.rules.bedrock import guardrails_exist
from config.rules.search import code_is_signed
from config.rules.serving import memory_sizes

# Regions of partitions that nobody outside of them can look at.
SECRET = ("us-iso", "eu-isoe")
SIGNING = {"AWS::Signer::SigningProfile", "AWS::Lambda::CodeSigningConfig"}
REGIONS = [region for region in aws_data.regions() if not region.startswith(SECRET)]


@cache
def _schemas() -> Path:
    found = sorted(ROOT.glob(".venv-emulators/lib/python3*/site-packages/cfnlint/data/schemas"))
    assert found, "cfn-lint is not installed: run `make setup`"
    return found[0]


@cache
def _data(path: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((_schemas() / path).read_text(encoding="utf-8"))
    return document


def _offers(region: str) -> set[str]:
    return set(_data("extensions/aws_opensearchservice_domain/clusterconfig_instancetype_enum.json")[region]["enum"])


def _families(types: set[str]) -> set[str]:
    return {name.split(".")[0] for name in types}


@pytest.mark.parametrize("region", REGIONS)
def test_families_of_search_nodes(region: str) -> None:
    known = set(aws_data.search_instance_types())
    # Those with disks of their own, or without encryption, are refused in every region.
    families = _families(known) - {"d2", "i2", "i3", "m3", "r3", "r6gd", "t2"}
    here = _families(_offers(region))
    assert {name for name in families if family_offered(f"{name}.large.search", region)} == families & here


def test_types_that_are_offered_nowhere() -> None:
    assert not NOWHERE & {name for region in REGIONS for name in _offers(region)}


def test_guardrails_vpc_origins_and_signing() -> None:
    compared = 0
    for region in REGIONS:
        if not (_schemas() / "providers" / f"{region}.json").is_file():
            continue  # left out of this version of cfn-lint
        exist = _data(f"providers/{region}.json")
        assert guardrails_exist(region) == ("AWS::Bedrock::Guardrail" in exist), region
        if aws_data.partition(region) != "aws-cn":  # it has AWS Signer, but not these types
            assert code_is_signed(region) == (set(exist) >= SIGNING), region
        assert (aws_data.partition(region) == "aws") == ("AWS::CloudFront::VpcOrigin" in exist), region
        compared += 1
    assert compared > 30


def test_sizes_of_tasks() -> None:
    """Sizes up to 16 vCPU; the documentation of ECS has no larger ones."""
    found = {}
    for each in _data("extensions/aws_ecs_taskdefinition/fargate_cpu_memory.json")["then"]["anyOf"]:
        (cpu,) = each["properties"]["Cpu"]["then"]["enum"]
        memory = each["properties"]["Memory"]["then"]
        steps = range(memory["minimum"], memory["maximum"] + 1, memory["multipleOf"]) if "minimum" in memory else ()
        found[int(cpu)] = {*memory.get("enum", ()), *steps}
    assert {cpu: set(memory_sizes(cpu)) for cpu in found if cpu <= 16384} == {
        cpu: sizes for cpu, sizes in found.items() if cpu <= 16384
    }
    assert {256, 16384} <= set(found)
