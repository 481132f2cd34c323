"""The graphs of the dashboard of the model: questions, calls, tokens, what the guardrail did, and money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from config.objectives import BUDGET_DAYS
from config.place import GLOBAL_REGION
from constructs_lib.observability.catalogue.models import of_profile
from constructs_lib.observability.dashboard import Graph
from constructs_lib.observability.graphs import Undrawn
from constructs_lib.observability.measures import Measure, Metric, measured

_BEDROCK = "AWS/Bedrock"
_HOUR, _DAY = 3_600, 86_400


@dataclass(frozen=True)
class Application:
    """The application's metrics by their namespace, without which there are none: ends of questions, policies."""

    namespace: str
    outcomes: Sequence[str]
    policies: Sequence[str]

    def measures(self, *names: str, statistic: str = "Sum", seconds: int = 300, label: str = "") -> tuple[Measure, ...]:
        """Lines of metrics without a dimension; none where the application writes none."""
        if not self.namespace:
            return ()
        return measured(self.namespace, {}, *names, statistic=statistic, seconds=seconds, label=label)

    def each(self, metric: str, dimension: str, values: Sequence[str], seconds: int = 300) -> tuple[Measure, ...]:
        """A line for each value of a metric's dimension."""
        if not self.namespace:
            return ()
        return tuple(
            measure
            for value in values
            for measure in measured(self.namespace, {dimension: value}, metric, seconds=seconds, label=value)
        )


def question_graphs(application: Application) -> tuple[Graph, ...]:
    """Questions and answers, as the application counts them."""
    ends = application.each("Questions", "Outcome", application.outcomes)
    first = tuple(
        each
        for statistic in ("p50", "p95")
        for each in application.measures("TimeToFirstToken", statistic=statistic, label=statistic)
    )
    whole = tuple(
        each
        for statistic in ("p50", "p95")
        for each in application.measures("Latency", statistic=statistic, label=statistic)
    )
    return (
        Graph("Questions by how they ended", measures=ends),
        Graph("Visitors wait for an answer to begin, ms", measures=first),
        Graph("Visitors wait for an answer to end, ms", measures=whole),
    )


def model_graphs(alarms: Undrawn, *, model_id: str, profile_id: str = "") -> tuple[Graph, ...]:
    """Calls and delay of the model, as Bedrock counts them: by model and account.

    With `profile_id` each line is drawn under that name, too: Bedrock counts under one of them.
    """

    def lines(*metrics: str, **options: Any) -> tuple[Measure, ...]:
        names = ({"ModelId": model_id}, *of_profile(profile_id))
        return tuple(each for dimensions in names for each in measured(_BEDROCK, dimensions, *metrics, **options))

    def delay(metric: str) -> tuple[Measure, ...]:
        return tuple(
            each for statistic in ("p50", "p95") for each in lines(metric, statistic=statistic, label=statistic)
        )

    return (
        Graph("Calls of the model", measures=lines("Invocations")),
        Graph(
            "Throttled and failed calls",
            alarms.take("model_throttled", "model_errors", "model_refused"),
        ),
        Graph(
            "Tokens a minute as the quota counts them",
            alarms.take(prefix="tokens_"),
            lines("EstimatedTPMQuotaUsage"),
        ),
        Graph("Embedded tokens a minute as the quota counts them", alarms.take(prefix="embedded_")),
        Graph("The model's first token, ms", measures=delay("TimeToFirstToken")),
        Graph(
            "The model's whole answer, ms", alarms.take("model_slow", "model_slow_profile"), delay("InvocationLatency")
        ),
    )


def token_graphs(
    alarms: Undrawn, *, application: Application, model_id: str, profile_id: str = ""
) -> tuple[Graph, ...]:
    """Tokens in the window of the alarms that stop the model, of the application and of all of the account's calls."""
    window = 900
    names = ({"ModelId": model_id}, *of_profile(profile_id))
    return (
        Graph(
            "Tokens of the application in 15 minutes",
            alarms.take("stop"),
            application.measures("InputTokens", "OutputTokens", "CachedTokens", seconds=window),
        ),
        Graph(
            "Tokens of the account's calls in 15 minutes",
            alarms.take("stop_account"),
            tuple(
                each
                for dimensions in names
                for each in measured(_BEDROCK, dimensions, "InputTokenCount", "OutputTokenCount", seconds=window)
            ),
        ),
    )


def guardrail_graphs(application: Application) -> tuple[Graph, ...]:
    """Answers in which the guardrail blocked or masked something, and what the search found for questions."""
    return (
        Graph(
            "Interventions of the guardrail, an hour",
            measures=application.each("GuardrailInterventions", "Policy", application.policies, _HOUR),
        ),
        Graph("Passages found for a question", measures=application.measures("RetrievalHits", statistic="Average")),
        Graph("Output tokens a second", measures=application.measures("TokensPerSecond", statistic="p50", label="p50")),
    )


def cost_graphs(alarms: Undrawn, application: Application) -> tuple[Graph, ...]:
    """What answers cost, by the application's count, and charges of the account this month.

    The account's metric exists in us-east-1, once switched on in the console.
    """
    month = Measure(
        (Metric(application.namespace, "Cost", {}, "Sum", _DAY, "cost"),),
        "RUNNING_SUM(FILL(cost, 0))",
        f"answers of {BUDGET_DAYS} days, USD",
    )
    return (
        Graph("Answers, USD an hour", measures=application.measures("Cost", seconds=_HOUR)),
        Graph("Answers, USD a day, with the limit of the alarm", alarms.take("spent_a_day"), days=BUDGET_DAYS),
        Graph(
            f"Answers of the last {BUDGET_DAYS} days, USD",
            measures=(month,) if application.namespace else (),
            days=BUDGET_DAYS,
        ),
        Graph(
            "Estimated charges of the account, USD",
            measures=measured(
                "AWS/Billing", {"Currency": "USD"}, "EstimatedCharges", statistic="Maximum", seconds=21_600
            ),
            region=GLOBAL_REGION,
            days=BUDGET_DAYS,
        ),
    )
