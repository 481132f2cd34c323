"""Spans of questions, as they are sent: one trace under the load balancer's id, and no word of a visitor."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from examples.sitechat_app import tracing
from examples.sitechat_app.exporting import LOGGED_EVERY_SECONDS, Seldom, flush_seconds
from examples.sitechat_app.tracing import trace_id_of
from tests.examples.sitechat_app.conftest import aws_variables
from tests.examples.sitechat_app.loopback_aws import HIT, LoopbackAws, Script, assessed, spoken
from tests.examples.sitechat_app.loopback_traces import LoopbackTraces
from tests.examples.sitechat_app.running_app import Event, RunningApp, Start, events

QUESTION = "Was kostet eine Karte für Zoë?"
NODE = "00000000000000000000abcd"


def root(number: int) -> tuple[str, str]:
    """The header that the load balancer sends, and the id of the trace in OpenTelemetry's form."""
    return f"Root=1-{number:08x}-{NODE}", f"{number:08x}{NODE}"


@pytest.fixture(scope="module")
def traces() -> Iterator[LoopbackTraces]:
    with LoopbackTraces() as sink:
        yield sink


def variables(aws: LoopbackAws, sink: LoopbackTraces, **more: str) -> dict[str, str]:
    sent = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": sink.endpoint, "OTEL_SERVICE_NAME": "garden-dev"}
    return {**aws_variables(aws.endpoint), "SITECHAT_METRICS_NAMESPACE": "Garden", **sent, **more}


@pytest.fixture(scope="module")
def running(loopback_aws: LoopbackAws, traces: LoopbackTraces) -> Iterator[RunningApp]:
    app = RunningApp(**variables(loopback_aws, traces))
    yield app
    app.kill()


@pytest.fixture
def traced(running: RunningApp, loopback_aws: LoopbackAws) -> RunningApp:
    loopback_aws.script = Script()
    return running


def asked(app: RunningApp, header: str, path: str = "/api/chat", **headers: str) -> list[Event]:
    body = json.dumps({"question": QUESTION})
    sent = {"content_type": "application/json", "x_amzn_trace_id": header, **headers}
    return list(events(app.request("POST", path, body, **sent)))


def value(given: AnyValue) -> Any:
    if given.HasField("array_value"):
        return [value(each) for each in given.array_value.values]
    return getattr(given, given.WhichOneof("value") or "string_value")


def attributes(span: Span) -> dict[str, Any]:
    return {each.key: value(each.value) for each in span.attributes}


def test_a_question_is_one_trace_from_the_load_balancers_id_to_the_model(
    traced: RunningApp, traces: LoopbackTraces
) -> None:
    header, trace_id = root(1)
    assert asked(traced, header, x_amz_cf_id="Zg_K5mCy7zKBPsUbm-6x==")[-1][0] == "done"
    spans = traces.whole(trace_id)
    parents = {each.span_id: each.name for each in spans.values()}
    embedding, chat = "embeddings amazon.titan-embed-text-v2:0", "chat eu.amazon.nova-lite-v1:0"
    assert {name: parents.get(each.parent_span_id) for name, each in spans.items()} == {
        "POST /api/chat": None,
        "retrieve": "POST /api/chat",
        embedding: "retrieve",
        "search site-pages": "retrieve",
        chat: "POST /api/chat",
    }
    top = attributes(spans["POST /api/chat"])
    assert top["aws.cloudfront.request_id"] == "Zg_K5mCy7zKBPsUbm-6x=="
    assert (top["http.response.status_code"], top["sitechat.outcome"]) == (200, "answered")
    assert attributes(spans["retrieve"]) == {"sitechat.hits": 1}
    said = attributes(spans[chat])
    assert (said["gen_ai.usage.input_tokens"], said["gen_ai.usage.output_tokens"]) == (40, 2)
    assert said["gen_ai.response.finish_reasons"] == ["end_turn"]
    assert said["aws.bedrock.guardrail.id"] == "abcdef123456"
    assert [each.name for each in spans[chat].events] == ["first_token", "guardrail"]
    assert all(each.end_time_unix_nano >= each.start_time_unix_nano for each in spans.values())


def test_requests_are_signed_for_x_ray_packed_and_name_the_service(traced: RunningApp, traces: LoopbackTraces) -> None:
    header, trace_id = root(2)
    asked(traced, header)
    traces.whole(trace_id)
    for export in traces.received:
        assert export.path == "/v1/traces"
        assert "/eu-west-1/xray/aws4_request" in export.headers["authorization"]
        assert (export.headers["content-type"], export.headers["content-encoding"]) == (
            "application/x-protobuf",
            "gzip",
        )
    named = {each.key: value(each.value) for each in traces.requests[-1].resource_spans[0].resource.attributes}
    assert named == {"service.name": "garden-dev", "cloud.provider": "aws", "cloud.region": "eu-west-1"}


@pytest.mark.parametrize(
    ("number", "script"),
    [
        (10, Script()),
        (11, Script(hits=[])),
        (12, Script(search_status=403)),
        (13, Script(embedding_status=400)),
        (14, Script(converse_status=429)),
        (15, Script(stream=[*spoken("Twelve")[:2], ("internalServerException", {"message": QUESTION})])),
        (16, Script(stream=spoken("Zoë lives here", guardrail=assessed(EMAIL="ANONYMIZED")))),
        (17, Script(stream=spoken("Zoë lives here", stop="guardrail_intervened", guardrail=assessed(NAME="BLOCKED")))),
        (18, Script(hits=[{"title": "Karten"}])),
    ],
)
def test_no_span_holds_a_word_of_a_visitor_a_page_or_an_answer(
    running: RunningApp, loopback_aws: LoopbackAws, traces: LoopbackTraces, number: int, script: Script
) -> None:
    loopback_aws.script = script
    header, trace_id = root(number)
    visitor = {"x_forwarded_for": "203.0.113.77", "user_agent": "Zoë's browser".encode().decode("latin-1")}
    asked(running, header, path=f"/api/chat?q=geheim{number}", cookie="session=geheim", **visitor)
    spans = traces.whole(trace_id)
    assert {"POST /api/chat", "retrieve"} <= spans.keys()
    sent = b"".join(each.body for each in traces.received)
    words = [
        QUESTION,
        "kostet",
        "Zo",
        "geheim",
        "203.0.113",
        "browser",
        "127.0.0.1",
        *HIT.values(),
        "Twelve",
        "the EMAIL",
    ]
    for word in (*words, "lives here", "said of", "garden.example", "Karten"):
        assert word.encode() not in sent


def test_a_failing_service_ends_its_span_and_the_questions_with_its_code(
    traced: RunningApp, loopback_aws: LoopbackAws, traces: LoopbackTraces
) -> None:
    loopback_aws.script.search_status = 403
    header, trace_id = root(20)
    assert asked(traced, header)[-1][0] == "error"
    spans = traces.whole(trace_id)
    for name in ("search site-pages", "retrieve", "POST /api/chat"):
        assert (spans[name].status.code, spans[name].status.message) == (Status.STATUS_CODE_ERROR, "search_403")
    assert not any(name.startswith("chat ") for name in spans)
    assert not any(each.events for each in spans.values())


def test_the_guardrails_verdict_is_told_in_fixed_words(
    traced: RunningApp, loopback_aws: LoopbackAws, traces: LoopbackTraces
) -> None:
    loopback_aws.script.stream = spoken("at {EMAIL}", guardrail=assessed(EMAIL="ANONYMIZED"))
    header, trace_id = root(21)
    asked(traced, header)
    (verdict,) = (
        each for each in traces.whole(trace_id)["chat eu.amazon.nova-lite-v1:0"].events if each.name == "guardrail"
    )
    assert {each.key: value(each.value) for each in verdict.attributes} == {
        "sitechat.guardrail.action": "masked",
        "sitechat.guardrail.policies": ["sensitiveInformationPolicy"],
    }


def test_the_log_lines_of_a_question_have_its_trace(traced: RunningApp, traces: LoopbackTraces) -> None:
    header, trace_id = root(22)
    asked(traced, header)
    traces.whole(trace_id)
    for message in ("answer", "metrics", "request"):
        traced.logged(message, trace_id=trace_id)
    traced.request("GET", "/health").read()
    traced.request("GET", "/", x_amzn_trace_id=root(23)[0]).read()
    page = traced.logged("request", path="/")
    assert "trace_id" not in page
    assert root(23)[1] not in traces.trace_ids


def test_a_refused_question_is_a_trace_as_well(traced: RunningApp, traces: LoopbackTraces) -> None:
    header, trace_id = root(24)
    traced.request("POST", "/api/chat", b"{", content_type="application/json", x_amzn_trace_id=header).read()
    (only,) = traces.whole(trace_id).values()
    assert attributes(only)["http.response.status_code"] == 400


def test_a_body_that_ends_early_is_a_refused_question(traced: RunningApp, traces: LoopbackTraces) -> None:
    header, trace_id = root(26)
    connection = traced.connect()
    connection.putrequest("POST", "/api/chat")
    for name, value in (("content-type", "application/json"), ("content-length", "99"), ("x-amzn-trace-id", header)):
        connection.putheader(name, value)
    connection.endheaders(b'{"question": "Ge')
    connection.close()
    (only,) = traces.whole(trace_id).values()
    assert attributes(only)["http.response.status_code"] == 400
    assert not [each for each in traced.logs if each["level"] == "ERROR" and each["logger"].startswith("uvicorn")]


def test_what_a_visitor_writes_beside_the_ids_is_not_logged(traced: RunningApp) -> None:
    own, came = root(27)[0].replace("Root", "Self"), root(28)[0]
    asked(traced, f"{own};{came};Lineage=geheim;geheim")
    traced.logged("request", trace=f"{own};{came}")
    asked(traced, f"Root=geheim;{own.replace('27', '29')} geheim")
    traced.request("POST", "/api/chat?last", b"{", content_type="application/json", x_amzn_trace_id=came).read()
    traced.logged("request", trace=came)
    assert "geheim;" not in traced.output
    assert "Root=geheim" not in traced.output


def test_a_defect_ends_the_questions_span_with_the_errors_type(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(tracing, "_tracer", provider.get_tracer("test"))

    async def broken(*_: object) -> None:
        raise LookupError(QUESTION)

    async def never(*_: object) -> Any:
        raise AssertionError

    scope = {"type": "http", "path": "/api/chat", "method": "POST", "headers": []}
    with pytest.raises(LookupError):
        asyncio.run(tracing.Traced(broken)(scope, never, never))
    (only,) = kept.get_finished_spans()
    assert (only.status.status_code, only.status.description) == (StatusCode.ERROR, "LookupError")
    assert not only.events


def test_an_address_that_takes_no_spans_does_not_fill_the_log(start: Start, loopback_aws: LoopbackAws) -> None:
    loopback_aws.script = Script()
    with LoopbackTraces(status=400) as refusing:
        app = start(**variables(loopback_aws, refusing))
        for number in (60, 61):
            asked(app, root(number)[0])
            refusing.whole(root(number)[1])
        assert app.stop() == 0
    exported = [each for each in app.logs if each["logger"].startswith("opentelemetry")]
    assert [each["message"] for each in exported] == ["Failed to export spans batch code: 400, reason: Bad Request"]


def test_the_exporters_complaint_comes_again_after_a_while() -> None:
    now = [0.0]
    seldom = Seldom(lambda: now[0])
    lines = [logging.makeLogRecord({"msg": "refused: %s", "args": (each,)}) for each in ("a", "b", "c")]
    assert [bool(seldom.filter(each)) for each in lines[:2]] == [True, False]
    assert seldom.filter(logging.makeLogRecord({"msg": "full"}))
    now[0] = LOGGED_EVERY_SECONDS
    assert seldom.filter(lines[2])


def test_an_unknown_method_is_not_repeated(traced: RunningApp, traces: LoopbackTraces) -> None:
    header, trace_id = root(25)
    traced.request("GEHEIM", "/api/chat", x_amzn_trace_id=header).read()
    (only,) = traces.whole(trace_id).values()
    assert only.name == "_OTHER /api/chat"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"Root=1-0000000a-{NODE}", f"0000000a{NODE}"),
        (f"Root=1-0000000A-{NODE.upper()}", f"0000000a{NODE}"),
        # What came from outside isn't believed.
        (f"Self=1-0000000b-{NODE};Root=1-0000000a-{NODE}", f"0000000b{NODE}"),
        (f"Root=1-0000000a-{NODE};Self=1-0000000b-{NODE}", f"0000000b{NODE}"),
        ("", None),
        ("Root=", None),
        (f"Root=2-0000000a-{NODE}", None),
        (f"Root=1-0000000a-{NODE}0", None),
        (f"Root=1-00000000-{'0' * 24}", None),
        ("Sampled=1", None),
    ],
)
def test_the_id_is_the_load_balancers(header: str, expected: str | None) -> None:
    found = trace_id_of(header)
    assert (None if found is None else f"{found:032x}") == expected


def test_a_share_of_the_questions_has_spans(start: Start, loopback_aws: LoopbackAws, traces: LoopbackTraces) -> None:
    loopback_aws.script = Script()
    app = start(**variables(loopback_aws, traces, OTEL_TRACES_SAMPLER_ARG="0.5"))
    for number, low in ((30, "f" * 16), (31, "0" * 16), (32, "9" * 16), (33, "7" * 16)):
        asked(app, f"Root=1-{number:08x}-{'1' * 8}{low}")
    assert app.stop() == 0
    sent = {each[:8] for each in traces.trace_ids}
    assert sent & {f"{number:08x}" for number in (30, 31, 32, 33)} == {f"{number:08x}" for number in (31, 33)}


def test_an_answer_and_the_end_wait_for_no_export(start: Start, loopback_aws: LoopbackAws) -> None:
    loopback_aws.script = Script()
    with LoopbackTraces() as silent:
        silent.answering.clear()
        app = start(**variables(loopback_aws, silent))
        assert asked(app, root(40)[0])[-1][0] == "done"
        silent.wait_for_request()
        # While the sink holds the first request, and until the end of this test, answers come as ever.
        for number in range(41, 44):
            assert asked(app, root(number)[0])[-1][0] == "done"
        assert app.stop() == 0


@pytest.mark.parametrize(("stop_timeout", "expected"), [(2, 1 / 3), (6, 1.0), (12, 2.0), (120, 2.0)])
def test_the_last_spans_take_no_more_than_the_server_leaves_of_the_stop_timeout(
    stop_timeout: int, expected: float
) -> None:
    assert flush_seconds(stop_timeout) == expected


def test_the_last_spans_are_sent_at_the_end(start: Start, loopback_aws: LoopbackAws, traces: LoopbackTraces) -> None:
    loopback_aws.script = Script()
    app = start(**variables(loopback_aws, traces))
    header, trace_id = root(50)
    asked(app, header)
    assert app.stop() == 0
    assert "POST /api/chat" in traces.spans(trace_id)


def test_what_is_no_address_of_traces_is_refused() -> None:
    from examples.sitechat_app.settings import SettingsError, load_settings

    good = aws_variables("https://search.example")
    for wrong in (
        "https://xray.eu-west-1.amazonaws.com",
        "http://xray.example/v1/traces",
        "https://h/v1/traces?x=1",
        "x",
    ):
        with pytest.raises(
            SettingsError, match=r"^OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is .* \(expected https://HOST/v1"
        ):
            load_settings({**good, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": wrong})
    for name, wrong in (("OTEL_TRACES_SAMPLER", "always_on"), ("OTEL_TRACES_SAMPLER_ARG", "0")):
        with pytest.raises(SettingsError, match=f"^{name} is "):
            load_settings({**good, name: wrong})
