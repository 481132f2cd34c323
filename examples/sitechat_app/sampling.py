"""X-Ray's sampling rules, as a collector beside the application hands them on (GetSamplingRules, X-Ray API reference).

Of the rule that fits a question its fixed rate counts. Reservoirs aren't used, and no statistics are reported: those
share a number of traces a second among tasks, which a rule of this infrastructure has none of.
"""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from http.client import HTTPException
from typing import Any

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import Sampler, SamplingResult, TraceIdRatioBased
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes

EVERY_SECONDS = 60.0
TIMEOUT_SECONDS = 2.0
# The rate of X-Ray's default rule, until the collector has answered ("Configure sampling rules", X-Ray guide).
DEFAULT_RATE = 0.05
# What a question is to a rule, whose patterns have * and ?; of what isn't here a rule has to take anything.
_QUESTION = {"HTTPMethod": "POST", "URLPath": "/api/chat", "ServiceType": "AWS::ECS::Fargate"}
_ANYTHING = ("Host", "ResourceARN")
# Whatever else than rules comes back: none of it may end the thread that asks.
_NO_ANSWER = (
    OSError,
    HTTPException,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


class CentralSampler(Sampler):
    """Samples by the rule of X-Ray that fits `service`, asked for at `endpoint` in the background."""

    def __init__(self, endpoint: str, service: str) -> None:
        self._address = f"{endpoint}/GetSamplingRules"
        self._service = service
        self._by_rate = TraceIdRatioBased(DEFAULT_RATE)
        self._ended = threading.Event()
        threading.Thread(target=self._keep_asking, daemon=True, name="sampling rules").start()

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        return self._by_rate.should_sample(parent_context, trace_id, name, kind, attributes, links)

    def get_description(self) -> str:
        return f"CentralSampler{{{self._by_rate.rate}}}"

    def _keep_asking(self) -> None:
        while True:
            rate = self._asked()
            if rate is not None:
                self._by_rate = TraceIdRatioBased(rate)
            self._ended.wait(EVERY_SECONDS)

    def _asked(self) -> float | None:
        """The rate of the rule that fits; None where the collector doesn't say, so that the last one stays."""
        request = urllib.request.Request(self._address, b"{}", {"content-type": "application/json"})
        try:
            # The collector is on this machine: no proxy is between.
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                records = json.load(answer)["SamplingRuleRecords"]
            return fixed_rate([each["SamplingRule"] for each in records], self._service)
        except _NO_ANSWER:
            return None


def fixed_rate(rules: Sequence[Mapping[str, Any]], service: str) -> float | None:
    """The fixed rate of the first rule, by priority, that fits questions of a service; None without one."""
    asked = {**_QUESTION, "ServiceName": service}
    for rule in sorted(rules, key=lambda each: (int(each["Priority"]), str(each["RuleName"]))):
        fits = all(fnmatchcase(value, str(rule.get(key, "*")).replace("[", "[[]")) for key, value in asked.items())
        if fits and not rule.get("Attributes") and all(rule.get(key, "*") == "*" for key in _ANYTHING):
            return min(1.0, max(0.0, float(rule["FixedRate"])))
    return None
