"""Texts of the sections: what is taken and what is not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.config.samples import at, build, problems

LABEL = "a" * 63

TAKEN: list[tuple[str, Any]] = [
    ("dns.domain", "example.com"),
    ("dns.domain", "chat.xn--bcher-kva.ch"),
    ("dns.domain", f"{LABEL[:59]}.com"),
    ("image.repository", "a1"),
    ("image.repository", "team/site-chat_app.v2"),
    ("image.tag", "v1.2.3"),
    ("image.digest", "sha256:" + "0" * 64),
    ("service.health_check_path", "/"),
    ("service.health_check_path", "/a/b-c_d.~"),
    ("search.engine_version", "OpenSearch_2.3"),
    ("search.engine_version", "OpenSearch_3.3"),
    ("search.index", "site-2_b"),
    ("bedrock.model_id", "global.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ("bedrock.model_id", "anthropic.claude-3-haiku-20240307-v1:0:200k"),
    ("bedrock.embedding_model_id", "cohere.embed-english-v3"),
    ("bedrock.model_id", "us.meta.llama3-3-70b-instruct-v1:0"),
    ("edge.static_paths", ["/assets/*.js", "/a?b/*"]),
    ("edge.geo_allow", ["DE", "FR"]),
    ("monitoring.alarm_emails", ["first.last+tag@sub.example.co.uk", "A@EXAMPLE.COM"]),
    ("tags", {"CostCenter": "12/3", "a:b": "x y@z"}),
    ("ci.repository", "a/b"),
    ("ci.repository", "Acme-Corp/site.chat_infra"),
    ("ci.repository", f"{'o' * 39}/{'r' * 100}"),
    ("ci.branch", "release/2026-11"),
]
REFUSED: list[tuple[str, Any]] = [
    ("ci.repository", "acme"),
    ("ci.repository", "acme/*"),
    ("ci.repository", "acme/.."),
    ("ci.repository", "acme/site/chat"),
    ("ci.repository", "-acme/site"),
    ("ci.repository", "ac--me/site"),
    ("ci.repository", "acme/site:environment"),
    ("ci.repository", "https://github.com/acme/site"),
    ("ci.repository", f"{'o' * 40}/site"),
    ("ci.repository", f"acme/{'r' * 101}"),
    ("ci.branch", "main*"),
    ("ci.branch", "refs//heads"),
    ("ci.branch", "-main"),
    ("ci.branch", "main:x"),
    ("ci.provider", "off"),
    ("dns.domain", "https://example.com"),
    ("dns.domain", "example"),
    ("dns.domain", "Example.com"),
    ("dns.domain", "a_b.example.com"),
    ("dns.domain", "-a.example.com"),
    ("dns.domain", "a..example.com"),
    ("dns.domain", "example.com."),
    ("dns.domain", "*.example.com"),
    ("dns.domain", "10.0.0.1"),
    ("dns.domain", f"{LABEL}a.com"),
    ("dns.domain", f"{LABEL[:61]}.com"),
    ("dns.domain", "b\u00fccher.example"),
    ("dns.zone_id", "z123456"),
    ("dns.zone_id", "Z" + "1" * 32),
    ("image.repository", "Upper"),
    ("image.repository", "a//b"),
    ("image.repository", "-a"),
    ("image.tag", ".a"),
    ("image.tag", "a:b"),
    ("image.digest", "sha256:" + "0" * 63),
    ("image.digest", "sha256:" + "A" * 64),
    ("service.health_check_path", "health"),
    ("service.health_check_path", "/a b"),
    ("service.architecture", "arm64"),
    ("search.instance_type", "t3.nano.search"),
    ("search.instance_type", "ultrawarm1.medium.search"),
    ("search.instance_type", "t3.small"),
    ("search.engine_version", "Elasticsearch_7.10"),
    ("search.engine_version", "OpenSearch_1.3"),
    ("search.engine_version", "2.19"),
    ("search.engine_version", "OpenSearch_2.019"),
    ("search.index", "Site"),
    ("search.index", "_site"),
    ("bedrock.model_id", "nova-lite"),
    ("bedrock.model_id", "asia.amazon.nova.lite-v1:0"),
    ("bedrock.model_id", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"),
    ("edge.geo_allow", ["UK"]),
    ("edge.geo_allow", ["de"]),
    ("edge.static_paths", ["static/*"]),
    ("edge.static_paths", ["/a b"]),
    ("monitoring.alarm_emails", ["a@b"]),
    ("monitoring.alarm_emails", ["a@@example.com"]),
    ("monitoring.alarm_emails", ["a b@example.com"]),
    ("monitoring.alarm_emails", [".a@example.com"]),
    ("tags", {"aws:x": "y"}),
    ("tags", {"AWS:x": "y"}),
    ("tags", {"a" * 129: "y"}),
    ("tags", {"a": "y" * 257}),
    ("tags", {"": "y"}),
    ("tags", {"a": 1}),
    ("region", "us-east-9"),
    ("region", "US-EAST-1"),
]


def touched(key: str, value: Any) -> list[str]:
    return [found for found in problems(**at(tuple(key.split(".")), value)) if found.startswith(key)]


@pytest.mark.parametrize(("key", "value"), TAKEN, ids=str)
def test_taken(key: str, value: Any) -> None:
    assert not touched(key, value)


@pytest.mark.parametrize(("key", "value"), REFUSED, ids=str)
def test_refused(key: str, value: Any) -> None:
    assert touched(key, value)


def test_environment_variables_have_a_limit() -> None:
    most = {f"V{index}": "x" for index in range(40)}
    assert not problems(service={"environment": most})
    assert problems(service={"environment": {**most, "MORE": "x"}})


def test_tags_have_a_limit() -> None:
    """Six tags and our own four are the ten that an OpenSearch domain takes."""
    most = {f"t{index}": "x" for index in range(6)}
    assert len(build(tags=most).default_tags) == 10
    assert not problems(tags=most)
    assert problems(tags={**most, "more": "x"})
