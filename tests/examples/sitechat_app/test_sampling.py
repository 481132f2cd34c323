"""X-Ray's sampling rules, as a collector hands them on: the first that fits counts, a silent collector changes none."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import SamplingResult, TraceIdRatioBased

from examples.sitechat_app.exporting import sampler_of
from examples.sitechat_app.sampling import DEFAULT_RATE, CentralSampler, fixed_rate
from examples.sitechat_app.settings import SettingsError, TracingSettings, load_settings
from tests.examples.sitechat_app.conftest import aws_variables
from tests.examples.sitechat_app.loopback_aws import LoopbackAws
from tests.examples.sitechat_app.loopback_traces import LoopbackTraces
from tests.examples.sitechat_app.running_app import LIMIT_SECONDS, Start

SERVICE = "garden-dev-app"
NO_HTTP = "this is no HTTP"


def rule(name: str, rate: float, **changes: Any) -> dict[str, Any]:
    anything = dict.fromkeys(("ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath", "ResourceARN"), "*")
    told = {"RuleName": name, "Priority": 1000, "FixedRate": rate, "ReservoirSize": 0, "Version": 1}
    return {**told, **anything, **changes}


DEFAULT = rule("Default", 0.05, Priority=10000)


@pytest.mark.parametrize(
    ("rules", "rate"),
    [
        ([], None),
        ([DEFAULT], 0.05),
        ([DEFAULT, rule("ours", 0.5, ServiceName=SERVICE)], 0.5),
        ([DEFAULT, rule("others", 0.5, ServiceName="other")], 0.05),
        ([rule("later", 0.2, Priority=2), rule("first", 0.1, Priority=1)], 0.1),
        ([rule("b", 0.2), rule("a", 0.1)], 0.1),
        ([DEFAULT, rule("like", 0.3, ServiceName="garden-???-app", URLPath="/api/*")], 0.3),
        ([DEFAULT, rule("gets", 0.3, HTTPMethod="GET")], 0.05),
        ([DEFAULT, rule("host", 0.3, Host="chat.example.com")], 0.05),
        ([DEFAULT, rule("attributes", 0.3, Attributes={"a": "b"})], 0.05),
        ([DEFAULT, rule("brackets", 0.3, ServiceName="[g]arden-dev-app")], 0.05),
        ([rule("much", 7.0)], 1.0),
    ],
)
def test_the_first_rule_that_fits_counts(rules: list[dict[str, Any]], rate: float | None) -> None:
    assert fixed_rate(rules, SERVICE) == rate


class Collector:
    """The one path of a collector that is asked; `answer` is what it says, None an error."""

    def __init__(self) -> None:
        self.answer: Any = {"SamplingRuleRecords": [{"SamplingRule": rule("ours", 1.0, ServiceName=SERVICE)}]}
        self.asked = threading.Semaphore(0)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                found = self.path == "/GetSamplingRules" and outer.answer is not None
                body = json.dumps(outer.answer).encode() if found else b"no"
                if outer.answer == NO_HTTP:
                    self.wfile.write(NO_HTTP.encode())
                    outer.asked.release()
                    return
                self.send_response(200 if found else 500)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                outer.asked.release()

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.mark.parametrize("answer", [None, {}, [], {"SamplingRuleRecords": [{}]}, {"SamplingRuleRecords": 3}])
def test_what_is_no_answer_leaves_the_rate_of_x_rays_default_rule(collector: Collector, answer: Any) -> None:
    collector.answer = answer
    sampler = CentralSampler(collector.endpoint, SERVICE)
    assert collector.asked.acquire(timeout=LIMIT_SECONDS)
    assert sampler.get_description() == f"CentralSampler{{{DEFAULT_RATE}}}"


@pytest.mark.parametrize(
    "answer",
    [NO_HTTP, {"SamplingRuleRecords": [{"SamplingRule": rule("endless", 1.0, Priority=float("inf"))}]}],
)
def test_no_answer_ends_the_asking(monkeypatch: pytest.MonkeyPatch, collector: Collector, answer: Any) -> None:
    monkeypatch.setattr("examples.sitechat_app.sampling.EVERY_SECONDS", 0.01)
    good, collector.answer = collector.answer, answer
    sampler = CentralSampler(collector.endpoint, SERVICE)
    assert collector.asked.acquire(timeout=LIMIT_SECONDS)
    collector.answer = good
    for _ in range(4):  # the last of them comes after an answer that was asked for and read
        assert collector.asked.acquire(timeout=LIMIT_SECONDS)
    assert sampler.get_description() == "CentralSampler{1.0}"


def test_a_rate_that_changes_leaves_no_trace_half_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    class Changing(TraceIdRatioBased):
        def should_sample(self, *args: Any, **kwargs: Any) -> SamplingResult:
            decided = super().should_sample(*args, **kwargs)
            self._bound = self.get_bound_for_rate(0.0)
            return decided

    monkeypatch.setattr("examples.sitechat_app.exporting.CentralSampler", lambda *_: Changing(1.0))
    sampler = sampler_of(TracingSettings("http://127.0.0.1:1/v1/traces", SERVICE, 1.0, rules="http://127.0.0.1:1"))
    tracer = TracerProvider(sampler=sampler, shutdown_on_exit=False).get_tracer("test")
    with tracer.start_as_current_span("question") as question, tracer.start_as_current_span("search") as search:
        assert (question.is_recording(), search.is_recording()) == (True, True)
    assert not tracer.start_span("another question").is_recording()


def test_the_application_samples_by_the_collectors_rules_and_sends_it_spans(
    start: Start, collector: Collector, loopback_aws: LoopbackAws
) -> None:
    with LoopbackTraces() as sink:
        app = start(
            **aws_variables(loopback_aws.endpoint),
            OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=sink.endpoint,
            OTEL_SERVICE_NAME=SERVICE,
            OTEL_TRACES_SAMPLER="xray",
            OTEL_TRACES_SAMPLER_ARG=f"endpoint={collector.endpoint}",
        )
        assert collector.asked.acquire(timeout=LIMIT_SECONDS)
        # Of these ids the share of X-Ray's default rule takes none; until the answer is read, they are left out.
        for number in range(1, 2000):
            header = f"Root=1-{number:08x}-11111111{'f' * 16}"
            app.request("POST", "/api/chat", b"{", content_type="application/json", x_amzn_trace_id=header).read()
            if sink.received:
                break
        assert app.stop() == 0
        assert sink.trace_ids


def test_an_address_that_is_no_collector_in_the_task_is_refused() -> None:
    good = {**aws_variables("https://search.example"), "OTEL_TRACES_SAMPLER": "xray"}
    for wrong in ("http://127.0.0.1:2000", "endpoint=http://collector:2000", "0.5"):
        with pytest.raises(SettingsError, match=r"^OTEL_TRACES_SAMPLER_ARG is "):
            load_settings({**good, "OTEL_TRACES_SAMPLER_ARG": wrong})
