from __future__ import annotations

import pytest

from stacks.dns import DnsStack
from tests.stacks.upstream import alone, environment, regions

DNS = {"domain": "chat.example.com", "zone_name": "example.com"}


@pytest.mark.parametrize("protection", [True, False])
def test_the_zone_is_protected_with_its_environment(protection: bool) -> None:
    env = environment(dns=DNS, protection=protection)
    zone = alone(lambda app: DnsStack(app, env, zone_name="example.com")).one("aws_route53_zone")
    assert zone["name"] == "example.com"
    assert ("lifecycle" in zone) is protection


def test_the_layer_is_global() -> None:
    env = environment("eu-central-1", dns=DNS)
    stacks: list[DnsStack] = []
    layer = alone(lambda app: stacks.append(DnsStack(app, env, zone_name="example.com")))
    assert regions(layer) == {"": "us-east-1"}
    assert layer.config["terraform"]["backend"]["s3"]["key"] == "sitechat/dev/global/dns.tfstate"
    assert "name_servers" in layer.config["output"]
    assert stacks[0].outputs.zone_id
