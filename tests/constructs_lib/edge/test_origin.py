from __future__ import annotations

from functools import cache

import pytest

from constructs_lib.edge.origin import VpcOrigin
from tests.support.synthesised import Template, template


@cache
def _origin(*, tls: bool) -> Template:
    return template(lambda scope: VpcOrigin(scope, "origin", name="alb", alb_arn="arn:of:alb", tls=tls))


@pytest.mark.parametrize(("tls", "protocol"), [(True, "https-only"), (False, "http-only")])
def test_the_protocol_follows_the_certificate(tls: bool, protocol: str) -> None:
    (config,) = _origin(tls=tls).one("aws_cloudfront_vpc_origin")["vpc_origin_endpoint_config"]
    assert (config["arn"], config["origin_protocol_policy"]) == ("arn:of:alb", protocol)
    assert (config["http_port"], config["https_port"]) == (80, 443)
    assert config["origin_ssl_protocols"] == [{"items": ["TLSv1.2"], "quantity": 1}]


def test_another_protocol_is_another_origin() -> None:
    """AWS refuses to change an origin in use: both name and address have to differ."""
    http, https = _origin(tls=False), _origin(tls=True)
    names = {each.one("aws_cloudfront_vpc_origin")["vpc_origin_endpoint_config"][0]["name"] for each in (http, https)}
    assert names == {"alb-http", "alb-https"}
    assert set(http.addresses()).isdisjoint(https.addresses())


def test_a_replacement_comes_first_and_has_time() -> None:
    origin = _origin(tls=True).one("aws_cloudfront_vpc_origin")
    assert origin["lifecycle"] == {"create_before_destroy": True}
    assert origin["timeouts"] == {"create": "30m", "update": "30m", "delete": "30m"}
