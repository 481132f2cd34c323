"""Figures of each question as log lines in CloudWatch's embedded metric format, which CloudWatch Logs makes metrics of.

Names, units and dimensions are those of docs/application-contract.md. A line has numbers and fixed words alone.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# A logger of its own: the figures are written whatever level the log has. Of failures alone, all would have failed.
metrics_log = logging.getLogger("sitechat_app.metrics")

UNITS = {
    "Questions": "Count",
    "Failures": "Count",
    "Latency": "Milliseconds",
    "TimeToFirstToken": "Milliseconds",
    "TokensPerSecond": "Count/Second",
    "RetrievalHits": "Count",
    "RetrievalScore": "None",
    "InputTokens": "Count",
    "OutputTokens": "Count",
    "CachedTokens": "Count",
    "Cost": "None",
    "GuardrailInterventions": "Count",
}
# Outcomes as the dimension has them, besides `failed`: the code of a failure stands in the log line alone.
OUTCOMES = ("answered", "nothing_found", "search_off", "paused", "withheld", "abandoned", "busy")
FAILURES = ("busy", "failed")
# Policies of a guardrail's assessment by the names that CloudWatch has for them, in AWS/Bedrock/Guardrails.
POLICIES = {
    "contentPolicy": "ContentPolicy",
    "contextualGroundingPolicy": "ContextualGroundingPolicy",
    "sensitiveInformationPolicy": "SensitiveInformationPolicy",
    "topicPolicy": "TopicPolicy",
    "wordPolicy": "WordPolicy",
}

Directive = tuple[Mapping[str, str], Mapping[str, float]]


@dataclass(frozen=True)
class TokenPrices:
    """USD a million tokens that the model reads, writes, and reads from its cache."""

    input: float
    output: float
    cached: float


@dataclass(frozen=True)
class QuestionFigures:
    """What is measured of one question; None for what it didn't come to. `probe`: no visitor asked it."""

    outcome: str
    latency_ms: float | None = None
    first_token_ms: float | None = None
    tokens_per_second: float | None = None
    hits: int | None = None
    best_score: float | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    policies: tuple[str, ...] = ()
    probe: bool = False


@dataclass(frozen=True)
class Metrics:
    """Writes figures of questions under a namespace, nothing without one; what tokens cost where prices are known."""

    namespace: str = ""
    prices: TokenPrices | None = None

    def question(self, figures: QuestionFigures) -> None:
        """Write the figures of a question that is over; of the probe's question what it cost, and nothing else."""
        if not self.namespace:
            return
        if figures.probe:
            if spent := _spent(figures, self.prices):
                self._write(({}, spent))
            return
        outcome = figures.outcome if figures.outcome in OUTCOMES else "failed"
        self._write(({}, _values(figures, outcome, self.prices)), ({"Outcome": outcome}, {"Questions": 1}))
        # A line has one value of each dimension.
        for policy in sorted({POLICIES[each] for each in figures.policies if each in POLICIES}):
            self._write(({"Policy": policy}, {"GuardrailInterventions": 1}))

    def _write(self, *directives: Directive) -> None:
        metrics_log.info("metrics", extra={"fields": embedded(self.namespace, directives, time.time())})


def embedded(namespace: str, directives: Sequence[Directive], at: float) -> dict[str, object]:
    """Members of a line in the embedded metric format: what is a metric, its dimensions, and the values.

    "Specification: Embedded metric format", CloudWatch user guide. `at` is in seconds since the epoch.
    """
    fields: dict[str, object] = {
        "_aws": {
            "Timestamp": int(at * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": namespace,
                    "Dimensions": [list(dimensions)],
                    "Metrics": [{"Name": name, "Unit": UNITS[name]} for name in values],
                }
                for dimensions, values in directives
            ],
        }
    }
    for dimensions, values in directives:
        fields |= {**dimensions, **values}
    return fields


def _cost(figures: QuestionFigures, prices: TokenPrices | None) -> float | None:
    if prices is None or not figures.input_tokens:
        return None
    parts = (
        (figures.input_tokens, prices.input),
        (figures.output_tokens, prices.output),
        (figures.cached_tokens, prices.cached),
    )
    return round(sum(tokens * usd for tokens, usd in parts) / 1_000_000, 9)


def _values(figures: QuestionFigures, outcome: str, prices: TokenPrices | None) -> dict[str, float]:
    every = {
        "Failures": int(outcome in FAILURES),
        "Latency": figures.latency_ms if outcome not in (*FAILURES, "abandoned") else None,
        "TimeToFirstToken": figures.first_token_ms,
        "TokensPerSecond": figures.tokens_per_second,
        "RetrievalHits": figures.hits,
        "RetrievalScore": figures.best_score,
    }
    return {name: value for name, value in every.items() if value is not None} | _spent(figures, prices)


def _spent(figures: QuestionFigures, prices: TokenPrices | None) -> dict[str, float]:
    """What is paid for, whoever asked."""
    every = {
        "InputTokens": figures.input_tokens or None,
        "OutputTokens": figures.output_tokens or None,
        "CachedTokens": figures.cached_tokens or None,
        "Cost": _cost(figures, prices),
    }
    return {name: value for name, value in every.items() if value is not None}
