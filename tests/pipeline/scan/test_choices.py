"""A choice that the documents offer never turns the gate red by itself, but for those that production has to accept.

Choices that don't touch each other share an environment, since each costs a synthesis and a scan.
"""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config import Environment, parse
from pipeline.scan.gate import judge_scan, scan_layers
from pipeline.scan.model import Verdict
from pipeline.synth.layers import read_synthesis
from tests.support import run_folder
from tests.support.environments import ROOT, varied
from tests.support.shared import SEED, synth_all

TODAY = date(2026, 12, 1)

WATCHES = ("trail", "analyzer", "detector", "hub", "recorder", "inspector", "image_scanning", "account_settings")
VPC = {
    "network__vpc_id": "vpc-0123456789abcdef0",
    "network__cidr": "10.0.0.0/16",
    "network__private_subnet_ids": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
}
NO_SEARCH = {"search__enabled": False, "ingestion__sources": [], "ingestion__schedule": None}
MASTERS = {"search__dedicated_masters": 3, "search__instance_count": 2, "network__workload_zones": 2}
EU = {
    "region": "eu-central-1",
    "network__availability_zones": ["eu-central-1a", "eu-central-1b"],
    "bedrock__model_id": "eu.amazon.nova-lite-v1:0",
    "bedrock__destination_regions": ["eu-central-1", "eu-west-1", "eu-west-3", "eu-north-1"],
}
ZONE = {"dns__domain": "chat.example.org", "dns__zone": "existing", "dns__zone_id": "Z0123456789ABC"}
SHORT = {"logs__retention_days": 30, "logs__audit_retention_days": 30, "network__flow_log_retention_days": 14}
SHORT |= {"edge__waf_log_retention_days": 30}
LONG = dict.fromkeys(SHORT, 365)
LOGS_OFF = {"network__flow_logs": False, "edge__access_logs": False}
SECRETS = {"secrets__names": ["session-key", "api-key", "webhook"]}
COLLECTOR = {
    "monitoring__tracing": "sidecar",
    "monitoring__collector_image": f"public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3@sha256:{'0' * 64}",
    "monitoring__traced_percent": 12.5,
    "service__cpu": 512,
    "service__memory_mib": 1024,
}
# What docs/deployment.md says production has to accept in a waiver of its own.
WEAKER: dict[str, Any] = {
    "protection": False,
    "bedrock__guardrail": False,
    "service__tls_to_task": False,
    "dns__domain": None,
    "deployment__strategy": "rolling",
}
WEAKER |= {"edge__rate_limit_per_5_minutes": 1_000_000}


def watches(choice: str) -> dict[str, Any]:
    """Every account-wide service as chosen, with what only goes with a trail of its own."""
    own = choice == "own"
    return {f"security__{each}": choice for each in WATCHES} | {
        "security__cis_alarms": own,
        "security__own_key": own,
    }


CHOICES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "as it is": ("dev", {}),
    "everything off": (
        "dev",
        watches("off") | LOGS_OFF | SECRETS | WEAKER | {"edge__waf_managed_rules": False, "budget__enabled": False},
    ),
    "everything on": (
        "dev",
        watches("own")
        | LONG
        | ZONE
        | MASTERS
        | {"edge__geo_allow": ["DE"], "edge__hsts_preload": True}
        | {"network__egress": "nat_gateway", "service__container_insights": True}
        | {"service__execute_command": True, "monitoring__alarm_emails": ["oncall@example.com"]}
        | {"monitoring__transaction_search": "own", "bedrock__application_profile": True},
    ),
    "other nodes, short memory": (
        "dev",
        SHORT
        | {"search__instance_type": "m6g.large.search", "bedrock__invocation_logging": "own"}
        | {"bedrock__invocation_log_retention_days": 7, "security__recorder": "own", "network__egress": "endpoints"},
    ),
    "connected": (
        "dev",
        {"service__service_connect": True, "service__cpu": 512, "service__memory_mib": 1024}
        | {"service__tls_to_task": False},
    ),
    "shifted all at once": ("prod", {"deployment__strategy": "blue_green", "deployment__rollback_alarms": False}),
    "shifted after a canary, from a small site without search": (
        "dev",
        ZONE | NO_SEARCH | {"deployment__strategy": "canary", "network__egress": "endpoints"},
    ),
    "shifted share by share, parked": (
        "staging",
        ZONE | {"deployment__strategy": "linear", "service__parked": True, "network__egress": "nat_gateway"},
    ),
    "masters in one zone, traced by a collector": (
        "dev",
        {"search__dedicated_masters": 3, "search__instance_count": 2} | COLLECTOR,
    ),
    "masters beside one node": ("prod", {"search__dedicated_masters": 3, "search__instance_count": 1}),
    "nothing public": (
        "dev",
        watches("adopt")
        | NO_SEARCH
        | VPC
        | {"edge__enabled": False, "network__egress": "endpoints", "monitoring__transaction_search": "own"},
    ),
    "production without watch": (
        "prod",
        watches("off")
        | SHORT
        | LOGS_OFF
        | SECRETS
        | {"edge__geo_allow": ["DE"], "monitoring__probe_minutes": 0, "network__egress": "endpoints"},
    ),
    "production elsewhere": (
        "prod",
        watches("adopt")
        | EU
        | MASTERS
        | {"search__instance_type": "m6g.large.search", "network__egress": "public_ip"}
        | {"edge__waf_managed_rules": False, "bedrock__invocation_logging": "own", "dns__zone": "existing"}
        | {"dns__zone_id": "Z0123456789ABC", "service__container_insights": False},
    ),
    "production, nothing public": (
        "prod",
        NO_SEARCH
        | VPC
        | {
            "edge__enabled": False,
            "monitoring__probe_minutes": 0,
            "dns__domain": None,
            "network__egress": "nat_gateway",
        }
        | {"network__public_subnet_ids": [], "deployment__strategy": "rolling"},
    ),
    "copy of production, weaker": ("prod", WEAKER),
}
FAST = ("as it is", "everything off", "everything on")


@functools.cache
def verdicts(*names: str, env_name: str = "mine") -> Mapping[str, Verdict]:
    """Verdicts on environments that no waiver names, synthesised in one process."""
    found = {}
    with tempfile.TemporaryDirectory(dir=run_folder.path()) as folder:
        envs = {Path(folder, f"{number}.json"): chosen(name, env_name) for number, name in enumerate(names)}
        for file, env in envs.items():
            file.write_text(env.model_dump_json())
        synth_all(ROOT, Path(folder), *map(str, envs), seed=SEED)
        for name, (file, env) in zip(names, envs.items(), strict=True):
            synthesis = read_synthesis(file.with_suffix(""), env.name)
            paths = {layer.name: layer.path for layer in synthesis.layers}
            order = {layer.name: layer.dependencies for layer in synthesis.layers}
            found[name] = judge_scan(scan_layers(paths, synthesis.dir, env, order), env, today=TODAY)
    return found


def chosen(name: str, env_name: str) -> Environment:
    """The environment of one row, checked as its file would be."""
    base, changes = CHOICES[name]
    data = varied(base, **changes).model_dump(exclude_none=True)
    del data["name"]
    return parse(data, name=env_name)


def red(verdict: Verdict) -> list[str]:
    return [*(f"{each.check} {each.address}" for each in verdict.findings), *verdict.problems]


@pytest.mark.slow
@pytest.mark.parametrize("name", FAST)
def test_an_environment_of_ones_own_passes_whatever_it_chooses(name: str) -> None:
    assert red(verdicts(*FAST)[name]) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", [each for each in CHOICES if each not in FAST])
def test_so_do_rarer_choices_and_copies_of_production(name: str) -> None:
    assert red(verdicts(*(each for each in CHOICES if each not in FAST))[name]) == []


@pytest.mark.slow
def test_production_itself_has_to_accept_what_weakens_it() -> None:
    left = verdicts("copy of production, weaker", env_name="prod")["copy of production, weaker"]
    assert left.problems == ()
    assert {each.check for each in left.findings} == {
        "CKV_AWS_150",
        "PROOF_UNGUARDED_MODEL",
        "CKV_SITECHAT_53",
        "CKV_SITECHAT_64",
        "CKV_AWS_378",
        "CKV_SITECHAT_5",
        "CKV_AWS_174",
        "CKV2_AWS_42",
    }
