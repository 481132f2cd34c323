from __future__ import annotations

import pytest

from constructs_lib.edge.forwarding import ViewerProtocol
from tests.support.synthesised import Resource, template


@pytest.fixture(scope="module")
def policies() -> dict[str, Resource]:
    made = template(lambda scope: ViewerProtocol(scope, "viewer", name="site"))
    return {each["name"]: each for each in made.all("aws_cloudfront_origin_request_policy").values()}


def test_what_is_passed_on_keeps_every_header_of_the_viewer(policies: dict[str, Resource]) -> None:
    assert policies["site-direct"]["headers_config"] == {
        "header_behavior": "allViewerAndWhitelistCloudFront",
        "headers": {"items": ["CloudFront-Forwarded-Proto"]},
    }


def test_pages_are_asked_for_under_the_origins_own_name(policies: dict[str, Resource]) -> None:
    config = policies["site-pages"]["headers_config"]
    assert config["header_behavior"] == "whitelist"
    named = config["headers"]["items"]
    assert "Host" not in named
    assert {"CloudFront-Forwarded-Proto", "Accept-Language", "Origin"} < set(named)
    assert len(named) <= 10  # CloudFront's quota


@pytest.mark.parametrize("name", ["site-direct", "site-pages"])
def test_cookies_and_query_strings_are_passed_on(policies: dict[str, Resource], name: str) -> None:
    assert policies[name]["cookies_config"] == {"cookie_behavior": "all"}
    assert policies[name]["query_strings_config"] == {"query_string_behavior": "all"}
