"""Environments that must be accepted, drawn at random: sections vary together where rules tie them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from config import aws_data
from config.rules.serving import memory_sizes
from config.zones import letters

WORD = st.from_regex(r"[b-z][a-z0-9]{1,9}", fullmatch=True).filter(
    lambda w: w not in ("internal", "sg", "state", "sthree", "global")
)
TEXT = st.text(
    st.characters(codec="ascii", exclude_categories=["C"], exclude_characters="`$%{"), min_size=1, max_size=40
)
RETENTION = st.sampled_from([1, 7, 365, 3653])
GEOGRAPHY = {"us": "us-west-2", "eu": "eu-central-1", "apac": "ap-southeast-2"}


@st.composite
def networks(draw: st.DrawFn, region: str) -> dict[str, Any]:
    zones = [f"{region}{letter}" for letter in letters(region)[: draw(st.integers(2, 4))]]
    network: dict[str, Any] = {
        "cidr": draw(st.sampled_from(["10.20.0.0/16", "172.16.0.0/20", "192.168.0.0/22"])),
        "availability_zones": zones,
        "workload_zones": draw(st.integers(1, min(3, len(zones)))),
        "egress": draw(st.sampled_from(["public_ip", "nat_gateway", "nat_per_az", "endpoints"])),
        "flow_logs": draw(st.booleans()),
        "flow_log_retention_days": draw(RETENTION),
    }
    if draw(st.booleans()):
        network |= {
            "vpc_id": "vpc-0123456789abcdef0",
            "public_subnet_ids": [f"subnet-{index:017x}" for index in range(3)],
            "private_subnet_ids": [f"subnet-{index:017x}" for index in range(3, 6)],
        }
    return network


@st.composite
def services(draw: st.DrawFn, *, shells: bool) -> dict[str, Any]:
    cpu = draw(st.sampled_from([256, 512, 1024, 2048, 4096, 8192, 16384]))
    most = draw(st.integers(1, 20))
    interval = draw(st.integers(5, 300))
    return {
        "cpu": cpu,
        "memory_mib": draw(st.sampled_from(memory_sizes(cpu))),
        "port": draw(st.integers(1024, 65535)),
        "tls_to_task": draw(st.booleans()),
        "architecture": draw(st.sampled_from(["X86_64", "ARM64"])),
        "max_tasks": most,
        "min_tasks": draw(st.integers(1, most)),
        "parked": draw(st.booleans()),
        "on_demand_base": draw(st.integers(0, most)),
        "spot_percent": draw(st.integers(0, 100)),
        "health_check_interval_seconds": interval,
        "health_check_timeout_seconds": draw(st.integers(2, min(120, interval - 1))),
        "stop_timeout_seconds": draw(st.integers(2, 120)),
        "idle_timeout_seconds": draw(st.integers(120, 4000)),
        "environment": {"SITECHAT_SITE_NAME": draw(TEXT)},
        "execute_command": shells and draw(st.booleans()),
    }


@st.composite
def searches(draw: st.DrawFn, zones: int) -> dict[str, Any]:
    return {
        "enabled": draw(st.booleans()),
        "instance_type": draw(st.sampled_from(["t3.small.search", "m6g.large.search", "r6g.large.search"])),
        "instance_count": draw(st.sampled_from([1, zones, 2 * zones])),
        "volume_gib": draw(st.integers(10, 100)),
        "dedicated_masters": draw(st.sampled_from([0, 3, 5])),
    }


@st.composite
def models(draw: st.DrawFn, geography: str) -> dict[str, Any]:
    profile = draw(st.booleans())
    guardrail = draw(st.booleans())
    topic = {"name": "Medicine", "definition": f"x{draw(TEXT)}", "examples": ["Is this dangerous?"]}
    return {
        "model_id": f"{geography}.amazon.nova-lite-v1:0" if profile else "amazon.nova-lite-v1:0",
        "destination_regions": [GEOGRAPHY[geography]] if profile else [],
        "guardrail": guardrail,
        "invocation_logging": draw(st.sampled_from(["own", "adopt", "off"])),
        "blocked_topics": [topic] if guardrail and draw(st.booleans()) else [],
        "published_personal_data": ["EMAIL", "PHONE"] if guardrail and draw(st.booleans()) else [],
    }


@st.composite
def watchers(draw: st.DrawFn) -> dict[str, Any]:
    choice = st.sampled_from(["own", "adopt", "off"])
    found = {name: draw(choice) for name in ("trail", "analyzer", "detector", "hub", "recorder", "inspector")}
    if found["hub"] == "own" and found["recorder"] == "off":
        found["recorder"] = "adopt"
    found["image_scanning"] = draw(choice) if found["inspector"] != "off" else "off"
    role = draw(st.sampled_from(["own", "adopt"])) if found["recorder"] == "own" else "own"
    return {**found, "recorder_role": role, "cis_alarms": found["trail"] == "own" and draw(st.booleans())}


@st.composite
def images(draw: st.DrawFn) -> dict[str, Any]:
    released: list[dict[str, str]] = [{}, {"tag": "v1.2"}, {"digest": f"sha256:{'0a' * 32}"}]
    return {
        **draw(st.sampled_from(released)),
        **draw(st.sampled_from([{}, {"repository": "team/site-chat_app"}])),
        "keep_images": draw(st.integers(1, 1000)),
        "keep_releases": draw(st.integers(2, 1000)),
        "stop_release_at": draw(st.sampled_from(["CRITICAL", "HIGH", "MEDIUM", "LOW", "never"])),
        "sbom": draw(st.booleans()),
    }


@st.composite
def tables(draw: st.DrawFn) -> dict[str, Any]:
    """The values of an environment file."""
    geography = draw(st.sampled_from(sorted(GEOGRAPHY)))
    region = GEOGRAPHY[geography]
    network = draw(networks(region))
    protection = draw(st.booleans())
    security = draw(watchers())
    alarm_emails = draw(st.sampled_from([[], ["oncall@example.com"]]))
    domain = draw(st.sampled_from([{}, {"domain": "chat.example.com", "zone_name": "example.com"}]))
    return {
        "account_id": draw(st.from_regex(r"[0-9]{11}[1-9]", fullmatch=True)),
        "project": draw(WORD),
        "region": region,
        "protection": protection,
        "tags": draw(st.sampled_from([{}, {"Team": "web", "CostCenter": "12/3"}])),
        "state": {"lock": draw(st.sampled_from(["both", "s3", "dynamodb"]))},
        "network": network,
        "dns": domain,
        "logs": {"retention_days": draw(RETENTION), "audit_retention_days": draw(RETENTION)},
        "secrets": {
            "names": ["session-key", *draw(st.sampled_from([[], ["api-token", "vendor-key"]]))],
            "recovery_window_days": draw(st.sampled_from([7, 30] if protection else [0, 7, 30])),
        },
        "image": draw(images()),
        "service": draw(services(shells=security["trail"] != "off" and bool(alarm_emails))),
        "search": draw(searches(network["workload_zones"])),
        "bedrock": draw(models(geography)),
        "edge": {
            "enabled": draw(st.booleans()),
            "price_class": draw(st.sampled_from(["PriceClass_100", "PriceClass_200", "PriceClass_All"])),
            "rate_limit_per_5_minutes": draw(st.integers(10, 2_000_000_000)),
            "static_paths": draw(st.sampled_from([[], ["/static/*"], ["/assets/*.js", "/favicon.ico", "/"]])),
            "geo_allow": draw(st.lists(st.sampled_from(aws_data.country_codes()), unique=True, max_size=3)),
            "waf_managed_rules": draw(st.booleans()),
            "access_logs": draw(st.booleans()),
            "origin_read_timeout_seconds": draw(st.integers(11, 120)),
        },
        "monitoring": {
            "alarm_emails": alarm_emails,
            "cpu_alarm_percent": draw(st.integers(1, 100)),
            "dashboard": draw(st.booleans()),
        },
        "budget": {
            "enabled": draw(st.booleans()),
            "monthly_usd": draw(st.integers(1, 1_000_000)),
            "notify_percent": draw(st.lists(st.integers(1, 1000), unique=True, min_size=1, max_size=4)),
        },
        "security": security,
    }
