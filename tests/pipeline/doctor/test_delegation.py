"""DNS delegation, with a name server on loopback, and the layer blocked until the zone is delegated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import dns.resolver
import pytest

from pipeline.doctor.account import delegation
from pipeline.doctor.account.asking import UnansweredError
from pipeline.planning.waves import WAITS_FOR_DELEGATION, blocked_by_delegation
from pipeline.synth import layers
from pipeline.synth.layers import Layer
from tests.pipeline import samples
from tests.pipeline.doctor.conftest import Describe, Served
from tests.support.environments import varied

ZONE = "chat.example.com"
OURS = frozenset({"ns-1.awsdns-1.com", "ns-2.awsdns-2.net"})


def name_servers(*servers: str) -> tuple[str, dict[str, list[str]]]:
    return "NS", {ZONE: [f"{each}." for each in servers]}


def test_the_worlds_answer_is_compared_without_case_and_dots(served: Served) -> None:
    told = delegation.delegated_servers(ZONE, served(*name_servers("NS-1.awsdns-1.com", "ns-2.AWSDNS-2.net")))
    assert told == OURS
    assert delegation.compare_name_servers(ZONE, OURS, told).light == "green"


def test_no_delegation_is_red_and_lists_the_records_to_enter(served: Served) -> None:
    told = delegation.delegated_servers(ZONE, served(*name_servers()))
    found = delegation.compare_name_servers(ZONE, OURS, told)
    assert (told, found.light) == (frozenset(), "red")
    assert "ns-1.awsdns-1.com, ns-2.awsdns-2.net" in found.fix


def test_other_servers_are_red_and_named(served: Served) -> None:
    found = delegation.compare_name_servers(
        ZONE, OURS, delegation.delegated_servers(ZONE, served(*name_servers("ns.parked.example")))
    )
    assert found.light == "red"
    assert "ns.parked.example" in found.detail


def test_a_silent_server_is_no_answer(silent: dns.resolver.Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delegation, "LIMIT_SECONDS", 0.2)
    with pytest.raises(UnansweredError, match=ZONE):
        delegation.delegated_servers(ZONE, silent)


def test_the_zone_in_the_account_is_what_the_world_is_compared_with(
    describe: Describe, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "here.example.com"
    asked = describe(f'[dns]\ndomain = "{name}"\n')
    assert [each.light for each in delegation.examine(asked)] == ["yellow"]
    route53 = asked.client("route53")
    zone_id = route53.create_hosted_zone(Name=name, CallerReference="1")["HostedZone"]["Id"]
    servers = route53.get_hosted_zone(Id=zone_id)["DelegationSet"]["NameServers"]
    told = frozenset(each.lower().rstrip(".") for each in servers)
    monkeypatch.setattr(delegation, "delegated_servers", lambda zone: told if zone == name else frozenset())
    assert [(each.light, each.detail) for each in delegation.examine(asked)] == [
        ("green", f"{name} is delegated to its zone")
    ]
    assert list(delegation.examine(describe())) == []


def test_an_existing_zone_that_is_gone_is_red(describe: Describe) -> None:
    text = f'[dns]\ndomain = "{ZONE}"\nzone = "existing"\nzone_id = "Z0000GONE"\n'
    (found,) = delegation.examine(describe(text))
    assert (found.light, found.detail) == ("red", "there is no zone Z0000GONE")


@pytest.fixture
def certificates(tmp_path: Path) -> Layer:
    """The layer whose creation waits for certificates."""
    written = samples.write(tmp_path, {"certificates": ({"resource": {WAITS_FOR_DELEGATION: {"viewer": {}}}}, [])})
    return layers.read_synthesis(written, "dev").layer("certificates")


def test_certificates_wait_for_the_delegation_and_only_before_they_exist(
    describe: Describe, certificates: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = describe(f'[dns]\ndomain = "{ZONE}"\n')
    asked.client("route53").create_hosted_zone(Name=ZONE, CallerReference="2")
    monkeypatch.setattr(delegation, "delegated_servers", lambda name: frozenset[str]())
    assert (
        blocked_by_delegation(asked.session, certificates, None)
        == f"{ZONE} is not delegated: nobody is told its name servers"
    )
    assert blocked_by_delegation(asked.session, certificates, {"resources": [{"type": WAITS_FOR_DELEGATION}]}) == ""
    assert blocked_by_delegation(replace(asked.session, env=varied("local")), certificates, None) == ""


def test_certificates_wait_where_dns_does_not_answer(
    describe: Describe, certificates: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = describe(f'[dns]\ndomain = "{ZONE}"\n')
    asked.client("route53").create_hosted_zone(Name=ZONE, CallerReference="3")

    def silent(name: str) -> frozenset[str]:
        raise UnansweredError(f"DNS does not answer for {name}")

    monkeypatch.setattr(delegation, "delegated_servers", silent)
    assert "DNS does not answer" in blocked_by_delegation(asked.session, certificates, None)


def test_other_layers_ask_nobody(describe: Describe, tmp_path: Path) -> None:
    first = samples.synthesis(tmp_path).layer("first")
    assert blocked_by_delegation(describe(f'[dns]\ndomain = "{ZONE}"\n').session, first, None) == ""
