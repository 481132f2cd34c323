"""Requests to Bedrock, and the use of its answers: the running application against loopback services."""

from __future__ import annotations

import pytest

from tests.examples.sitechat_app.loopback_aws import LoopbackAws, spoken
from tests.examples.sitechat_app.running_app import RunningApp, text_of, without_keepalive

QUESTION = "What is the price of a ticket?"


def names_and_codes(app: RunningApp) -> list[tuple[str, object]]:
    return [(name, data.get("code")) for name, data in without_keepalive(app.answer(QUESTION)) if name != "token"]


def test_answers_from_both_services(aws_app: RunningApp) -> None:
    answer = without_keepalive(aws_app.answer(QUESTION))
    assert text_of(answer) == "Twelve euros."
    assert [name for name, _ in answer] == ["token", "token", "sources", "done"]
    assert answer[2][1]["sources"] == [{"title": "Tickets", "url": "https://garden.example/tickets"}]


def test_every_model_call_is_under_the_published_guardrail(aws_app: RunningApp, loopback_aws: LoopbackAws) -> None:
    aws_app.answer(QUESTION)
    (body,) = loopback_aws.bodies("/converse-stream")
    assert body["guardrailConfig"] == {
        "guardrailIdentifier": "abcdef123456",
        "guardrailVersion": "3",
        "streamProcessingMode": "sync",
    }


def test_question_is_assessed_and_passages_ground(aws_app: RunningApp, loopback_aws: LoopbackAws) -> None:
    aws_app.answer(QUESTION)
    (body,) = loopback_aws.bodies("/converse-stream")
    passage, question = (block["guardContent"]["text"] for block in body["messages"][0]["content"])
    assert "A day ticket costs 12 euros." in passage["text"]
    assert passage["qualifiers"] == ["grounding_source"]
    assert question == {"text": QUESTION, "qualifiers": ["query", "guard_content"]}


def test_instructions_name_the_site_and_length_is_bounded(aws_app: RunningApp, loopback_aws: LoopbackAws) -> None:
    aws_app.answer(QUESTION)
    (body,) = loopback_aws.bodies("/converse-stream")
    assert "Garden {x}" in body["system"][0]["text"]
    assert body["inferenceConfig"]["maxTokens"] == 1024


def test_embedding_has_the_dimensions_of_the_index(aws_app: RunningApp, loopback_aws: LoopbackAws) -> None:
    aws_app.answer(QUESTION)
    assert loopback_aws.bodies("/invoke") == [{"inputText": QUESTION, "dimensions": 1024, "normalize": True}]


def test_models_are_the_configured_ones_and_calls_are_signed(aws_app: RunningApp, loopback_aws: LoopbackAws) -> None:
    aws_app.answer(QUESTION)
    bedrock = [request for request in loopback_aws.received if request.path.startswith("/model/")]
    assert [request.path for request in bedrock] == [
        "/model/amazon.titan-embed-text-v2:0/invoke",
        "/model/eu.amazon.nova-lite-v1:0/converse-stream",
    ]
    assert all("/eu-west-1/bedrock/aws4_request" in request.authorization for request in bedrock)


@pytest.mark.parametrize("stop", ["guardrail_intervened", "content_filtered"])
def test_intervention_replaces_the_answer_and_names_no_sources(
    aws_app: RunningApp, loopback_aws: LoopbackAws, stop: str
) -> None:
    loopback_aws.script.stream = spoken("Blocked by policy.", stop=stop)
    assert names_and_codes(aws_app) == [("message", "withheld"), ("done", None)]


def test_throttling_is_retried_once_and_then_told(aws_app: RunningApp, loopback_aws: LoopbackAws) -> None:
    loopback_aws.script.converse_status = 429
    assert names_and_codes(aws_app) == [("error", "model_busy")]
    assert len(loopback_aws.bodies("/converse-stream")) == 2


def test_denied_access_is_told_without_details(aws_app: RunningApp, loopback_aws: LoopbackAws) -> None:
    loopback_aws.script.converse_status, loopback_aws.script.error_type = 403, "AccessDeniedException"
    (event,) = without_keepalive(aws_app.answer(QUESTION))
    assert event[0] == "error"
    assert event[1]["code"] == "model_AccessDeniedException"
    assert "said of" not in event[1]["message"]


def test_failure_in_mid_answer_ends_with_an_error_event(aws_app: RunningApp, loopback_aws: LoopbackAws) -> None:
    broken = ("modelStreamErrorException", {"message": "broken"})
    loopback_aws.script.stream = [*spoken("Twelve ")[:2], broken]
    answer = without_keepalive(aws_app.answer(QUESTION))
    assert [name for name, _ in answer] == ["token", "error"]
    assert answer[1][1]["code"] == "model_modelStreamErrorException"


def test_truncated_stream_ends_with_an_error_event(aws_app: RunningApp, loopback_aws: LoopbackAws) -> None:
    loopback_aws.script.stream = spoken("Twelve ", "euros.")[:3]
    assert names_and_codes(aws_app) == [("error", "model_incomplete")]


def test_failed_embedding_is_told_and_no_model_is_paid(aws_app: RunningApp, loopback_aws: LoopbackAws) -> None:
    loopback_aws.script.embedding_status = 429
    assert names_and_codes(aws_app) == [("error", "embedding_busy")]
    assert loopback_aws.bodies("/converse-stream") == []
