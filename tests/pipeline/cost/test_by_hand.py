"""dev and prod added up by hand from the environment's file and the unit prices: no pricer has a part in the sums."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib.resources import files

from tests.pipeline.cost.samples import priced

MONTH = 730
MIB, KIB = 1 / 1024, 1 / 1024 / 1024  # of a GB

Row = tuple[float, str]  # quantity, key of its unit price

# [cost] of dev: 500 questions of 2,500 and 300 tokens, 30 requests each of 100 KiB, 500 pages fetched, 200 changed.
DEV: tuple[Row, ...] = (
    (MONTH, "opensearch.t3.small.search"),
    (10, "opensearch.gp3"),
    (MONTH, "alb.hour"),
    (MONTH * 1.01 * 0.25, "fargate.arm64.spot.vcpu"),  # one task, seldom four
    (MONTH * 1.01 * 0.5, "fargate.arm64.spot.memory"),
    (MONTH * 1.01, "vpc.public_ipv4"),
    (1, "waf.acl"),
    (6, "waf.rule"),  # one for bodies, one for rates, four groups of AWS
    (0.015, "waf.requests"),
    (1.5, "cloudfront.requests"),
    (15_000 * 100 * KIB, "cloudfront.out"),
    (1, "kms.key"),
    (1, "secrets.secret"),
    (2, "cloudwatch.dashboard"),
    (15 + 2 * 2, "cloudwatch.alarm"),  # 15, and two for each of two scaling policies
    (10 * 250 * MIB, "ecr.storage"),
    (500 * 3 / 1000, "bedrock.guardrail.content"),  # one text unit of question, two of answer
    (500 * 3 / 1000, "bedrock.guardrail.sensitive"),
    (500 * 12 / 1000, "bedrock.guardrail.grounding"),  # ten of passages, two of answer
    (500 * 2_500 / 1e6, "us.amazon.nova-lite-v1:0 input"),
    (500 * 300 / 1e6, "us.amazon.nova-lite-v1:0 output"),
    (200 * 10 * 320 / 1e6, "amazon.titan-embed-text-v2:0 input"),
    ((50 + 50 + 250 + 44) * MIB, "cloudwatch.logs.ingest"),  # application and flow logs
    (200_000 * 2 * KIB + 15_000 * 2 * KIB + 11 * 10 * MIB, "cloudwatch.logs.ingest"),  # trail, firewall, quiet groups
    (4 * 2 * 8_760 / 1000, "s3.put"),  # load balancer, CloudFront, S3 and trail
    (500 * 5 / 1000, "states.transitions"),
    (500 * 6 * 0.5, "lambda.arm64.duration"),
)

# [cost] of prod: 20,000 questions, 15,000 pages fetched, 500 changed. Its probe asks every 15 minutes.
# Such a question is one request, and no page with files.
ASKED = 20_000 + MONTH * 4
REQUESTS = 600_000 + MONTH * 4
PROD: tuple[Row, ...] = (
    (2 * MONTH, "vpc.nat_gateway"),
    (2 * MONTH, "vpc.public_ipv4"),
    (ASKED * MIB, "vpc.nat_gateway.data"),
    (2 * MONTH, "opensearch.t3.small.search"),
    (2 * 20, "opensearch.gp3"),
    (MONTH, "alb.hour"),
    (REQUESTS * 100 * KIB, "alb.lcu"),
    # 2.8 tasks of 0.5 vCPU and 1 GB: the first on demand, the others by halves
    (MONTH * 1.9 * 0.5, "fargate.arm64.vcpu"),
    (MONTH * 1.9, "fargate.arm64.memory"),
    (MONTH * 0.9 * 0.5, "fargate.arm64.spot.vcpu"),
    (MONTH * 0.9, "fargate.arm64.spot.memory"),
    (12 + 15 + 10, "cloudwatch.metric"),  # Container Insights
    (15 / 4, "cloudwatch.metric"),  # 15 filters of CIS, a quarter of the hours
    (15 + 16 + 2 * 2, "cloudwatch.alarm"),
    (2, "cloudwatch.dashboard"),
    (1, "waf.acl"),
    (6, "waf.rule"),
    (REQUESTS / 1e6, "waf.requests"),
    (REQUESTS / 10_000, "cloudfront.requests"),
    (REQUESTS * 100 * KIB, "cloudfront.out"),
    (2, "kms.key"),
    (1, "secrets.secret"),
    (1, "route53.zone"),
    (10 * 250 * MIB, "ecr.storage"),
    (ASKED * 3 / 1000, "bedrock.guardrail.content"),
    (ASKED * 3 / 1000, "bedrock.guardrail.sensitive"),
    (ASKED * 12 / 1000, "bedrock.guardrail.grounding"),
    (ASKED * 2_500 / 1e6, "us.amazon.nova-lite-v1:0 input"),
    (ASKED * 300 / 1e6, "us.amazon.nova-lite-v1:0 output"),
    (0.2, "guardduty.events"),
    (2_000 * MIB, "guardduty.flows"),
    (3_000, "securityhub.checks"),
    (500, "config.items"),
    (8 * 100, "config.evaluations"),
    (8, "inspector.scan"),
    (40, "inspector.rescan"),
    (5, "inspector.function"),
    ((50 + ASKED * 100 / 1024 + 250 + ASKED * 90 / 1024) * MIB, "cloudwatch.logs.ingest"),  # application and flow logs
    (200_000 * 2 * KIB + REQUESTS * 2 * KIB + 11 * 10 * MIB, "cloudwatch.logs.ingest"),
    (4 * 2 * 8_760 / 1000, "s3.put"),
    (2 * REQUESTS * KIB * 365 / 30, "s3.storage"),  # requests at the load balancer and at CloudFront, kept for a year
    (15_000 * 5 / 1000, "states.transitions"),
    (15_000 * 6 * 0.5, "lambda.arm64.duration"),
)


def unit_prices() -> dict[str, float]:
    """Unit prices as the tables have them, read without the pricers' code."""
    folder = files("pipeline.cost")
    table = tomllib.loads((folder / "prices" / "us-east-1.toml").read_text(encoding="utf-8"))
    models = tomllib.loads((files("config") / "model_prices.toml").read_text(encoding="utf-8"))["models"]
    found = {key: float(row["usd"]) for key, row in table["price"].items()}
    return found | {f"{name} {way}": float(row[way]) for name, row in models.items() for way in row if way != "checked"}


def added_up(rows: Iterable[Row]) -> float:
    prices = unit_prices()
    return sum(quantity * prices[key] for quantity, key in rows)


def test_dev_is_what_it_is_by_hand() -> None:
    assert abs(float(priced("dev").expected) / added_up(DEV) - 1) < 0.1


def test_prod_is_what_it_is_by_hand() -> None:
    assert abs(float(priced("prod").expected) / added_up(PROD) - 1) < 0.1
