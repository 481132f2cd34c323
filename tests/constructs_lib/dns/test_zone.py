from __future__ import annotations

from functools import cache

from constructs_lib.dns.zone import PublicZone
from tests.support.synthesised import Template, template


@cache
def _zone(*, protected: bool = True) -> Template:
    return template(lambda scope: PublicZone(scope, "zone", name="example.com", protected=protected))


def test_it_is_protected_by_default() -> None:
    zone = _zone().one("aws_route53_zone")
    assert (zone["name"], zone["force_destroy"]) == ("example.com", False)
    assert zone["lifecycle"] == {"prevent_destroy": True}


def test_protection_can_be_taken_off() -> None:
    zone = _zone(protected=False).one("aws_route53_zone")
    assert zone["force_destroy"] is True
    assert "lifecycle" not in zone


def test_it_is_public() -> None:
    assert "vpc" not in _zone().one("aws_route53_zone")


def test_its_name_servers_are_printed() -> None:
    output = _zone().config["output"]["name_servers"]
    assert ".name_servers" in output["value"]
    assert "NS records" in output["description"]
