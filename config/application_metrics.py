"""Metrics that the application writes into its log, in CloudWatch's embedded metric format.

The one table of them: a test holds the application to it, the gate looks here whether an alarm's metric exists, the
price counts its rows, and docs/application-contract.md shows it (`python -m config.reference`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

# How often a metric has values, which its price depends on: with every question, with every answer of the model, or
# only where something is unusual.
Often = Literal["question", "answer", "seldom"]

OUTCOMES = ("answered", "nothing_found", "search_off", "paused", "withheld", "abandoned", "busy", "failed")
POLICIES = (
    "ContentPolicy",
    "ContextualGroundingPolicy",
    "SensitiveInformationPolicy",
    "TopicPolicy",
    "WordPolicy",
)


@dataclass(frozen=True)
class ApplicationMetric:
    """One metric: its unit as CloudWatch spells it, and its dimension with all values, if it has one.

    CloudWatch bills each value of a dimension as a metric of its own, in the hours in which it came.
    """

    name: str
    unit: str
    meaning: str
    often: Often = "answer"
    dimension: str = ""
    values: tuple[str, ...] = ()

    @property
    def dimensions(self) -> frozenset[str]:
        """Names of its dimensions."""
        return frozenset({self.dimension} if self.dimension else ())

    @property
    def billed(self) -> int:
        """As how many metrics it is billed at most."""
        return len(self.values) or 1


METRICS: tuple[ApplicationMetric, ...] = (
    ApplicationMetric(
        "Questions",
        "Count",
        "questions by how they ended: `failed` is a service's failure, `busy` a task with 32 answers under way",
        "seldom",
        "Outcome",
        OUTCOMES,
    ),
    ApplicationMetric(
        "Failures",
        "Count",
        "1 for a question that ended `failed` or `busy`, 0 for any other: its sum are failures, its number of values "
        "all questions",
        "question",
    ),
    ApplicationMetric("Latency", "Milliseconds", "from the question to the end of its answer, where nothing failed"),
    ApplicationMetric("TimeToFirstToken", "Milliseconds", "from the question to the first piece of the answer"),
    ApplicationMetric("TokensPerSecond", "Count/Second", "output tokens by the time from the first piece to the last"),
    ApplicationMetric("RetrievalHits", "Count", "passages of the site that the search found"),
    ApplicationMetric("RetrievalScore", "None", "score of the best of them, as OpenSearch gives it"),
    ApplicationMetric("InputTokens", "Count", "tokens that the model read"),
    ApplicationMetric("OutputTokens", "Count", "tokens that the model wrote"),
    ApplicationMetric("CachedTokens", "Count", "tokens that the model read from its cache, where it did", "seldom"),
    ApplicationMetric("Cost", "None", "USD for the answer's tokens, at the prices of `SITECHAT_MODEL_PRICES`"),
    ApplicationMetric(
        "GuardrailInterventions",
        "Count",
        "answers in which a policy of the guardrail blocked or masked something",
        "seldom",
        "Policy",
        POLICIES,
    ),
)
# Those of a run of ingestion, by source. How old an index is has a filter (constructs_lib/workflows/freshness.py).
INGESTION_METRICS: tuple[ApplicationMetric, ...] = (
    ApplicationMetric("Pages", "Count", "pages that a run was to fetch", "seldom", "Source"),
    ApplicationMetric("FailedPages", "Count", "those that failed", "seldom", "Source"),
)
# What the application writes of the probe's questions, too: they are paid for like a visitor's.
SPENT = ("InputTokens", "OutputTokens", "CachedTokens", "Cost")
# Those of a question that the probe asks. Visitors' figures have no part of it but its tokens and their cost.
PROBE_METRICS: tuple[ApplicationMetric, ...] = (
    ApplicationMetric("ProbeAnswered", "Count", "1 for a question that was answered to its end, 0 for any other"),
    ApplicationMetric("ProbeFirstToken", "Milliseconds", "from the question to the first piece of the answer"),
    ApplicationMetric("ProbeLatency", "Milliseconds", "from the question to the end of its answer"),
)
# Header of the probe's question, by which the application knows it.
PROBE_HEADER = "x-sitechat-probe"
BY_NAME = {metric.name: metric for metric in METRICS}


def table() -> str:
    """The table of docs/application-contract.md."""
    return "\n".join(("| metric | unit | dimension | value |", "|---|---|---|---|", *_rows()))


def _rows() -> Iterator[str]:
    for each in METRICS:
        values = ", ".join(f"`{value}`" for value in each.values)
        dimension = f"`{each.dimension}`: {values}" if each.dimension else ""
        yield f"| `{each.name}` | {each.unit} | {dimension} | {each.meaning} |"
