"""Deployment of the llm layer with its OpenSearch domain, by the commands a user would type."""

from __future__ import annotations

from dataclasses import dataclass

from tests.e2e.checkout import Checkout, Done
from tests.e2e.environment_files import emulated

# The environment is dev, whose domain is the smallest.
ENV = "dev"
# Types that only this deployment applies; test_search_domain.py holds its state to them.
APPLIED = frozenset(
    {
        "aws_cloudwatch_log_resource_policy",
        "aws_opensearch_domain",
    }
)


@dataclass(frozen=True)
class Deployed:
    """Deployed domain: checkout, environment file, and the plan after the layer was applied."""

    checkout: Checkout
    file: str
    planned_again: Done


def deploy(checkout: Checkout) -> Deployed:
    """Deploy infrastructure and llm only, which is all the domain needs; it takes ten minutes."""
    file = str(emulated(ENV, checkout.root))
    checkout.must("local", "up")
    checkout.must("bootstrap", "--env", file)
    for layer in ("infrastructure", "llm"):
        checkout.must("plan", "--env", file, "--layer", layer)
        checkout.must("apply", "latest", "--env", file)
    return Deployed(checkout, file, checkout.must("plan", "--env", file, "--layer", "llm", "--json"))
