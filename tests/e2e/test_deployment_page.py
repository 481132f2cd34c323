"""Commands of docs/deployment.md in their order, with real Terraform on the emulated AWS: up to a site, and down again.

Steps that need a person or the internet aren't run: a delegation, a confirmed mail, a browser.
"""

from __future__ import annotations

import pytest

from config import load
from tests.docs.commands import commands
from tests.e2e.production import LEFT_OUT, PAGE, Lived
from tests.e2e.rights import requests, requests_outside

pytestmark = pytest.mark.slow


def test_every_command_does_what_it_says(lived: Lived) -> None:
    failed = [f"{each.name}: {each.done.output}" for each in lived.ran if not each.ended_as_expected]
    assert failed == [], failed[0]
    shown = [" ".join(each.words[1:]) for each in commands(PAGE) if each.whole and each.words[1] not in LEFT_OUT]
    assert len(lived.ran) == len(shown)
    assert all(line.startswith(each.name) for line, each in zip(shown, lived.ran, strict=True))


def test_nothing_was_asked_outside_the_rights_that_the_page_leads_to(lived: Lived) -> None:
    assert requests(lived.checkout, "apply")
    assert requests_outside(lived.checkout, lived.file) == {"plan": (), "apply": ()}


def test_the_name_servers_of_the_zone_are_told(lived: Lived) -> None:
    told = lived.of("outputs")[0]
    zones = [each for each in lived.states["dns"]["resources"] if each["type"] == "aws_route53_zone"]
    servers = zones[0]["instances"][0]["attributes"]["name_servers"]
    assert len(servers) == 4
    assert [server for server in servers if server not in told.stdout] == []


def test_the_probe_asks_the_site_at_its_public_address(lived: Lived) -> None:
    assert lived.probed["answer"] == {"answered": True, "words": "answered"}
    assert lived.probed["metrics"] == ["ProbeAnswered", "ProbeFirstToken", "ProbeLatency"]


def test_a_pushed_image_is_the_configured_one(lived: Lived) -> None:
    (listed,) = lived.of("image status")
    digest = load(lived.file).image.digest
    assert digest
    assert f"* pushed  {digest}" in listed.stdout


def test_the_last_plan_before_the_end_says_that_nothing_is_left(lived: Lived) -> None:
    assert "No changes: AWS is as the configuration says." in lived.of("plan")[-1].stdout


def test_the_site_has_its_own_address_and_runs_tasks(lived: Lived) -> None:
    env = load(lived.file)
    assert f"https://{env.dns.domain}" in lived.of("outputs")[-1].stdout
    services = [each for each in lived.states["service"]["resources"] if each["type"] == "aws_ecs_service"]
    assert services[0]["instances"][0]["attributes"]["desired_count"] == env.service.min_tasks
