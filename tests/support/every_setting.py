"""Environments that together take every setting to each of its kinds of value, drawn by a seed.

A value that the rules refuse beside those drawn before it is left out, so every environment is one that a person could
write. `together` sets what only comes in company.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

from annotated_types import Ge, Le

from config import ConfigError, Environment, parse
from config.checks import Numbers
from config.describe import ValueKind

Tables = dict[str, Any]
Location = tuple[str, ...]

ACCOUNT = "123456789012"
_SUBNETS = tuple(f"subnet-{number:017x}" for number in range(6))
_SITE = {"name": "site", "kind": "sitemap", "address": "https://www.example.com/sitemap.xml"}
_FILES = {"name": "files", "kind": "files", "bucket": "pages", "base_address": "https://www.example.com/"}
_CRAWL = {"name": "crawl-all-2", "kind": "crawl", "start_addresses": ["https://www.example.com/"], "depth": 1}
_MODEL = {"model_id": "us.acme.big-v1:0", "input_usd_per_million": 2.5, "output_usd_per_million": 10}
_ACCEPTED = {"address": "edge/aws_x.y", "monthly_usd": 12.5, "reason": "an offer"}
_WATCHERS = ("trail", "analyzer", "detector", "hub", "recorder", "inspector", "image_scanning", "account_settings")
_DOMAIN = {"domain": "chat.example.com", "zone_name": "example.com"}
_COLLECTOR = "public.ecr.aws/aws-observability/aws-otel-collector:v0.47.0@sha256:" + "5" * 64
_EDITION = "Claude Sonnet 4.5 (Amazon Bedrock Edition)"
_TOPIC = {"name": "Medicine", "definition": "Advice on illness", "examples": ["Is this dangerous?"]}

# Values of text, and of lists and tables: their kinds are told by no limit.
TEXTS: Mapping[str, tuple[Any, ...]] = {
    "project": ("other",),
    "account_id": ("111111111111", "210987654321"),
    "region": ("us-west-2", "eu-central-1", "cn-north-1", "us-gov-west-1", "ca-west-1", "af-south-1"),
    "tags": ({}, {"Team": "web"}),
    "network.cidr": ("192.168.0.0/22", "10.20.0.0/16"),
    "network.vpc_id": ("vpc-0123456789abcdef0",),
    "network.public_subnet_ids": ((), _SUBNETS[:1], _SUBNETS[:3]),
    "network.private_subnet_ids": (_SUBNETS[3:5], _SUBNETS[3:]),
    "network.availability_zones": (("us-east-1a", "us-east-1b"), tuple(f"us-east-1{each}" for each in "abc"),
                                   tuple(f"us-east-1{each}" for each in "abcd")),
    "dns.domain": ("chat.example.com",),
    "dns.zone_name": ("example.com", "chat.example.com"),
    "dns.zone_id": ("Z0123456789",),
    "secrets.names": (("session-key",), ("session-key", "api-token", "topsecret", "secret")),
    "image.repository": ("team/site-chat_app",),
    "image.tag": ("v1.2",),
    "image.digest": (f"sha256:{'0a' * 32}",),
    "service.health_check_path": ("/", "/ready"),
    "service.environment": ({}, {"SITECHAT_LOG_LEVEL": "DEBUG"}),
    # The bindings of this environment have no deployments of ECS's own; `make synth-next` synthesises them.
    "deployment.controller": ("code_deploy",),
    "deployment.test_question": ("When are you open?", "Who are you?"),
    "search.domain_name": ("there",),
    "search.instance_type": ("t3.medium.search", "m6g.large.search", "r6g.large.search"),
    "search.engine_version": ("OpenSearch_2.17",),
    "search.index": ("pages",),
    "bedrock.model_id": ("amazon.nova-lite-v1:0", "global.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    "bedrock.embedding_model_id": ("us.cohere.embed-v4:0",),
    "bedrock.destination_regions": ((), ("us-east-1",), ("us-west-2", "eu-central-1")),
    "bedrock.blocked_topics": ((), (_TOPIC,)),
    "bedrock.published_personal_data": ((), ("EMAIL",), ("EMAIL", "NAME", "PHONE")),
    "bedrock.blocked_words": ((), ("word", "another word")),
    "ingestion.sources": ((), (_SITE,), (_SITE, _FILES), (_CRAWL,), (_SITE, _CRAWL, {**_FILES, "prefix": "public/"})),
    "ingestion.schedule": ("rate(1 day)", "cron(0 3 * * ? *)"),
    "ingestion.user_agent": ("Other/2.0 (x@example.com)",),
    "ingestion.allowed_addresses": ((), ("127.0.0.1:8417",)),
    "edge.geo_allow": ((), ("DE", "AT")),
    "edge.static_paths": ((), ("/static/*", "/assets/*.js", "/favicon.ico")),
    "monitoring.alarm_emails": ((), ("a@example.com",), ("a@example.com", "b.c+d@example.org")),
    "monitoring.availability_percent": (94, 99.99),
    "monitoring.first_token_percent": (94, 99.99),
    "monitoring.first_token_seconds": (0.5, 2.5, 60),
    "monitoring.spent_usd_a_day": (0.5, 20, 100_000),
    "monitoring.collector_image": (_COLLECTOR,),
    "monitoring.traced_percent": (0.01, 12.5),
    "budget.notify_percent": ((80,), (50, 80, 90, 100)),
    "budget.emails": ((), ("money@example.com",)),
    "budget.model_services": ((), (_EDITION,)),
    "security.emails": ((), ("a@example.com",), ("s@example.com", "t@example.com", "u@example.com")),
    "cost.accepted": ((), (_ACCEPTED,)),
    "cost.model_prices": ((), (_MODEL, {"model_id": "acme.embed-v1", "input_usd_per_million": 0.1})),
    "ci.repository": ("owner/name",),
    "ci.branch": ("release/1",),
}  # fmt: skip

# Settings of which the bindings of this environment build the default alone.
UNBUILT = frozenset({"deployment.controller"})

# Settings that are refused alone.
TOGETHER: tuple[Tables, ...] = (
    {"network": {"vpc_id": "vpc-0123456789abcdef0", "cidr": "10.20.0.0/16", "private_subnet_ids": _SUBNETS[3:],
                 "public_subnet_ids": _SUBNETS[:3]}},
    {"network": {"vpc_id": "vpc-0123456789abcdef0", "cidr": "10.20.0.0/28", "private_subnet_ids": _SUBNETS[3:5],
                 "egress": "endpoints"}},
    {"region": "us-west-2", "network": {"availability_zones": ("us-west-2a", "us-west-2b", "us-west-2c")}},
    {"region": "eu-central-1", "bedrock": {"model_id": "amazon.nova-lite-v1:0", "destination_regions": ()},
     "network": {"availability_zones": ("eu-central-1a", "eu-central-1b")}},
    {"region": "cn-north-1", "edge": {"enabled": False}, "search": {"enabled": False}, "ingestion": {"sources": ()},
     "bedrock": {"model_id": "amazon.nova-lite-v1:0", "destination_regions": (), "guardrail": False},
     "network": {"availability_zones": ("cn-north-1a", "cn-north-1b")}},
    {"region": "us-gov-west-1", "edge": {"enabled": False},
     "bedrock": {"model_id": "amazon.nova-lite-v1:0", "destination_regions": ()},
     "network": {"availability_zones": ("us-gov-west-1a", "us-gov-west-1b")}},
    {"region": "ca-west-1", "search": {"enabled": False}, "ingestion": {"sources": ()},
     "bedrock": {"model_id": "amazon.nova-lite-v1:0", "destination_regions": (), "guardrail": False},
     "network": {"availability_zones": ("ca-west-1a", "ca-west-1b")}},
    {"region": "af-south-1",
     "bedrock": {"model_id": "amazon.nova-lite-v1:0", "destination_regions": (), "guardrail": False},
     "network": {"availability_zones": ("af-south-1a", "af-south-1b")}},
    {"protection": False, "secrets": {"recovery_window_days": 0}},
    {"emulator": {"enabled": True}, "search": {"enabled": True, "domain": "existing", "domain_name": "there"}},
    {"emulator": {"enabled": True}, "ingestion": {"allowed_addresses": ("127.0.0.1:8417",)}},
    {"dns": {"domain": "chat.example.com", "zone_name": "example.com", "zone": "existing", "zone_id": "Z0123456789"}},
    {"dns": {"domain": "chat.example.com", "zone": "create"}},
    {"dns": {"domain": "chat.example.com", "zone_name": "example.com"}},
    {"dns": _DOMAIN, "deployment": {"strategy": "blue_green"}},
    {"dns": _DOMAIN, "deployment": {"strategy": "blue_green", "bake_minutes": 0, "termination_wait_minutes": 2,
                                    "rollback_alarms": False}},
    {"dns": _DOMAIN, "deployment": {"strategy": "canary", "canary_percent": 1, "canary_minutes": 1}},
    {"dns": _DOMAIN, "deployment": {"strategy": "canary", "canary_percent": 99, "canary_minutes": 2880}},
    {"dns": _DOMAIN, "deployment": {"strategy": "linear", "linear_percent": 1, "linear_minutes": 1}},
    {"dns": _DOMAIN, "deployment": {"strategy": "linear", "linear_percent": 99, "linear_minutes": 2}},
    {"security": {"hub": "own", "recorder": "own", "recorder_role": "adopt"}},
    {"security": {"hub": "own", "recorder": "adopt"}},
    {"security": {"trail": "own", "cis_alarms": True}},
    {"security": dict.fromkeys(_WATCHERS, "own")},
    {"security": dict.fromkeys(_WATCHERS, "adopt")},
    {"security": dict.fromkeys(_WATCHERS, "off")},
    {"ci": {"repository": "owner/name", "owner_id": 1, "repository_id": 2}},
    {"service": {"execute_command": True}, "security": {"trail": "own"},
     "monitoring": {"alarm_emails": ("a@example.com",)}},
    {"monitoring": {"application_metrics": True, "availability_percent": 99.5}},
    {"monitoring": {"application_metrics": True, "first_token_percent": 95, "first_token_seconds": 2.5}},
    {"monitoring": {"application_metrics": True, "probe_minutes": 1}},
    {"monitoring": {"application_metrics": True, "spent_usd_a_day": 20}},
    {"monitoring": {"tracing": "sidecar", "collector_image": _COLLECTOR, "traced_percent": 12.5},
     "service": {"cpu": 1024, "memory_mib": 2048}, "network": {"egress": "nat_gateway"}},
    {"monitoring": {"tracing": "otlp", "transaction_search": "adopt", "traced_percent": 12.5}},
    {"monitoring": {"tracing": "otlp", "transaction_search": "own"}, "network": {"egress": "endpoints"}},
    {"bedrock": {"quota_alarms": True}},
    *({"bedrock": {"stop": level}, "monitoring": {"application_metrics": True}} for level in ("pause", "deny")),
    {"budget": {"enabled": True, "stop": "manual", "model_usd": 1, "emails": ("a@example.com",)}},
    {"budget": {"enabled": True, "stop": "automatic", "model_usd": 1_000_000, "model_services": ("Amazon Bedrock",)}},
    {"budget": {"enabled": True, "stop": "automatic", "model_usd": 50, "model_services": (_EDITION,)},
     "monitoring": {"alarm_emails": ("a@example.com",)}},
    {"service": {"cpu": 16384, "memory_mib": 122880}},
    {"service": {"service_connect": True, "cpu": 512, "memory_mib": 1024, "tls_to_task": False}},
    {"service": {"max_tasks": 5000, "min_tasks": 5000, "on_demand_base": 5000}, "network": {"workload_zones": 2}},
    {"search": {"instance_type": "m6g.large.search", "instance_count": 6, "dedicated_masters": 3}},
    {"search": {"enabled": False}, "ingestion": {"sources": ()}},
    {"ingestion": {"sources": (_SITE,), "schedule": "rate(1 day)"}},
)  # fmt: skip


def settings() -> Iterator[tuple[Location, ValueKind]]:
    """Every setting of a file, with its kind."""
    for name, field in Environment.model_fields.items():
        kind = ValueKind.of_field(field)
        if kind.is_model:
            yield from (((name, key), ValueKind.of_field(inner)) for key, inner in kind.type.model_fields.items())
        elif name != "name":
            yield (name,), kind


def values(location: Location, kind: ValueKind) -> tuple[Any, ...]:
    """Values of each kind that a setting may take."""
    key = ".".join(location)
    if key in TEXTS:
        return TEXTS[key]
    if kind.literals:
        return kind.literals
    if kind.type is bool:
        return (False, True)
    numbers = kind.first(Numbers)
    if numbers:
        return tuple(sorted({numbers.values[0], numbers.values[-1]}))
    if kind.type is int and kind.first(Ge):
        low, high = kind.first(Ge).ge, kind.first(Le).le
        return tuple(sorted({low, min(low + 1, high), min(low + 2, high), high}))
    if kind.type is int:
        return (0, 7, 30)
    raise AssertionError(f"{key}: say in TEXTS which values to try")


def drawn(seed: int, base: Tables | None = None) -> Environment:
    """An environment drawn by the seed: settings that only come together, and settings one by one."""
    luck = random.Random(seed)
    tables: Tables = {"account_id": ACCOUNT, **(base or {})}
    env = parse(tables, name="test")
    steps = [each for each in TOGETHER if luck.random() < 0.25]
    single = [(location, value) for location, kind in settings() for value in values(location, kind)]
    luck.shuffle(single)
    seen: set[Location] = set()
    for location, value in single:
        if location not in seen and luck.random() < 0.5:
            seen.add(location)
            steps.append(at(location, value))
    luck.shuffle(steps)
    for step in steps:
        tried = with_tables(tables, step)
        try:
            env = parse(tried, name="test")
        except ConfigError:
            continue
        tables = tried
    return env


def at(location: Location, value: Any) -> Tables:
    """Tables that set one setting."""
    return {location[0]: value if len(location) == 1 else {location[1]: value}}


def with_tables(tables: Tables, more: Tables) -> Tables:
    """Tables with others over them, section by section."""
    sections = {key for key, field in Environment.model_fields.items() if ValueKind.of_field(field).is_model}
    return {**tables, **{k: {**tables.get(k, {}), **v} if k in sections else v for k, v in more.items()}}
