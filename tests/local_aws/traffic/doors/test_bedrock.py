"""The Bedrock runtime behind the policies of the role: read with the SDK's own parser."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import botocore.session
import pytest
from botocore.eventstream import EventStreamBuffer
from botocore.exceptions import EndpointConnectionError, EventStreamError
from botocore.parsers import create_parser

from local_aws.traffic.doors import BedrockDoor, Fault, Identity, Invocation
from local_aws.traffic.road import Road, RoadBook

KEY_ID = "ASIATASKTASKTASK0001"
ADMINISTRATOR = "123456789012"
ROLE = "arn:aws:iam::123456789012:role/chat-task"
MODEL = "us.amazon.nova-lite-v1:0"
PROFILE = f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/{MODEL}"
APPLICATION = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile"
OWN, OTHERS = f"{APPLICATION}/own1", f"{APPLICATION}/other1"
GUARDRAIL = "arn:aws:bedrock:us-east-1:123456789012:guardrail/gr1"
STREAM, INVOKE = "bedrock:InvokeModelWithResponseStream", "bedrock:InvokeModel"
HOURS = "Opening hours (https://garden.example/hours)\nThe garden is open from 9:00 to 18:00. Dogs are welcome."
CONTACT = "Contact (https://garden.example/contact)\nWrite to info@garden.example or call +49 30 1234567 about tickets."
UNDER_GUARDRAIL = {"guardrailIdentifier": "gr1", "guardrailVersion": "1", "trace": "enabled"}


@pytest.fixture
def road() -> Road:
    return Road()


@pytest.fixture
def door(world: Any, road: Road) -> BedrockDoor:
    identity = Identity(world)
    identity.enrol(KEY_ID, ROLE, "task-1")
    return BedrockDoor(world, identity, road_of=lambda key_id, headers: road)


@pytest.fixture
def guardrail(world: Any) -> dict[str, Any]:
    described: dict[str, Any] = {
        "guardrailId": "gr1",
        "guardrailArn": GUARDRAIL,
        "version": "1",
        "name": "site",
        "blockedInputMessaging": "Not that question.",
        "blockedOutputsMessaging": "Not that answer.",
        "wordPolicy": {"words": [{"text": "forbidden fruit"}], "managedWordLists": [{"type": "PROFANITY"}]},
        "sensitiveInformationPolicy": {
            "piiEntities": [
                {"type": "EMAIL", "action": "ANONYMIZE"},
                {"type": "PHONE", "action": "NONE"},
                {"type": "CREDIT_DEBIT_CARD_NUMBER", "action": "BLOCK"},
                {"type": "NAME", "action": "ANONYMIZE"},
            ],
            "regexes": [{"name": "order", "pattern": r"ORD-\d+", "action": "ANONYMIZE"}],
        },
    }
    world.guardrails["gr1", "1"] = described
    return described


def conversation(question: str, *passages: str, **given: Any) -> dict[str, Any]:
    """A request as the application builds it under a guardrail."""
    sources = [_guarded(each, "grounding_source") for each in passages]
    return {
        "system": [{"text": "You answer visitors' questions."}],
        "messages": [{"role": "user", "content": [*sources, _guarded(question, "query", "guard_content")]}],
        "inferenceConfig": {"maxTokens": 800, "temperature": 0.2},
        **given,
    }


def _guarded(text: str, *qualifiers: str) -> dict[str, Any]:
    return {"guardContent": {"text": {"text": text, "qualifiers": list(qualifiers)}}}


def events(pieces: list[bytes]) -> Iterator[dict[str, Any]]:
    """Events of a stream as botocore reads them, with its own checksums and shapes."""

    class Raw:
        def stream(self) -> Iterator[bytes]:
            yield from pieces

    model = botocore.session.get_session().get_service_model("bedrock-runtime")
    response = {"body": Raw(), "status_code": 200, "headers": {}, "context": {"operation_name": "ConverseStream"}}
    parsed = create_parser("rest-json").parse(response, model.operation_model("ConverseStream").output_shape)
    yield from parsed["stream"]


def text_of(found: list[dict[str, Any]]) -> str:
    return "".join(each["contentBlockDelta"]["delta"]["text"] for each in found if "contentBlockDelta" in each)


def stream(ask: Any, door: BedrockDoor, body: dict[str, Any], *, key_id: str = ADMINISTRATOR) -> list[dict[str, Any]]:
    answered = ask(door, "POST", f"/model/{MODEL}/converse-stream", body, key_id=key_id)
    assert answered.status == 200, answered.body
    assert answered.headers["content-type"] == "application/vnd.amazon.eventstream"
    return list(events(answered.pieces))


def test_an_answer_quotes_the_passage_that_fits(ask: Any, door: BedrockDoor, road: Road) -> None:
    found = stream(ask, door, conversation("When is the garden open?", CONTACT, HOURS))
    kinds = [next(iter(each)) for each in found]
    assert kinds[0] == "messageStart"
    assert kinds[-3:] == ["contentBlockStop", "messageStop", "metadata"]
    assert text_of(found) == "The garden is open from 9:00 to 18:00. Dogs are welcome."
    assert found[-2]["messageStop"]["stopReason"] == "end_turn"
    usage = found[-1]["metadata"]["usage"]
    assert usage["outputTokens"] == len(text_of(found)) / 4
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"]
    assert [each.hop for each in road.steps][-1] == "model"


def test_each_frame_is_sent_by_itself(ask: Any, door: BedrockDoor) -> None:
    answered = ask(door, "POST", f"/model/{MODEL}/converse-stream", conversation("open?", HOURS), key_id=ADMINISTRATOR)
    for piece in answered.pieces:
        buffer = EventStreamBuffer()
        buffer.add_data(piece)
        assert len(list(buffer)) == 1


def test_nothing_is_said_that_was_not_handed_in(ask: Any, door: BedrockDoor) -> None:
    assert "don't hold an answer" in text_of(stream(ask, door, conversation("Who won the match?", HOURS)))
    assert "no passages" in text_of(stream(ask, door, conversation("Who won the match?")))


def test_without_marks_the_last_text_is_the_question(ask: Any, door: BedrockDoor) -> None:
    content = [{"text": HOURS}, {"text": CONTACT}, {"text": "Where do I write about tickets?"}]
    body = {"messages": [{"role": "user", "content": content}]}
    answered = ask(door, "POST", f"/model/{MODEL}/converse", body, key_id=ADMINISTRATOR).json()
    assert "info@garden.example" in answered["output"]["message"]["content"][0]["text"]
    assert answered["metrics"]["latencyMs"] >= 0


def test_the_limit_on_tokens_cuts_the_answer(ask: Any, door: BedrockDoor) -> None:
    found = stream(ask, door, conversation("When is it open?", HOURS, inferenceConfig={"maxTokens": 5}))
    assert found[-2]["messageStop"]["stopReason"] == "max_tokens"
    assert found[-1]["metadata"]["usage"]["outputTokens"] == 5


def allow_everything_needed(world: Any, *but: str) -> None:
    regions = ("us-east-1", "us-east-2", "us-west-2")
    models = [f"arn:aws:bedrock:{each}::foundation-model/amazon.nova-lite-v1:0" for each in regions]
    under = {"StringLike": {"bedrock:GuardrailIdentifier": f"{GUARDRAIL}:*"}}
    through = {"StringEquals": {"bedrock:InferenceProfileArn": PROFILE}}
    statements: dict[str, dict[str, Any]] = {
        "profile": {"Action": STREAM, "Resource": PROFILE, "Condition": under},
        "model": {"Action": STREAM, "Resource": models, "Condition": under | through},
        "guardrail": {"Action": "bedrock:ApplyGuardrail", "Resource": GUARDRAIL},
    }
    world.allow(*({"Effect": "Allow", "Sid": sid, **each} for sid, each in statements.items() if sid not in but))


def test_a_task_may_what_its_role_allows(ask: Any, door: BedrockDoor, world: Any, guardrail: Any, road: Road) -> None:
    allow_everything_needed(world)
    found = stream(ask, door, conversation("open?", HOURS, guardrailConfig=UNDER_GUARDRAIL), key_id=KEY_ID)
    assert text_of(found).startswith("The garden")
    assert [each.refused for each in road.steps if each.hop == "identity"] == [False] * 5


@pytest.mark.parametrize(
    ("missing", "action", "resource"),
    [
        ("profile", STREAM, PROFILE),
        ("model", STREAM, "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"),
        ("guardrail", "bedrock:ApplyGuardrail", GUARDRAIL),
    ],
)
def test_each_missing_permission_stops_the_call(
    ask: Any, door: BedrockDoor, world: Any, guardrail: Any, missing: str, action: str, resource: str
) -> None:
    allow_everything_needed(world, missing)
    body = conversation("open?", HOURS, guardrailConfig=UNDER_GUARDRAIL)
    answered = ask(door, "POST", f"/model/{MODEL}/converse-stream", body)
    assert answered.status == 403
    assert answered.headers["x-amzn-errortype"] == "AccessDeniedException"
    assert f"is not authorized to perform: {action} on resource: {resource}" in answered.json()["message"]


def allow_through(world: Any, *but: str) -> None:
    """What a role needs of this environment's own profile; two environments have one of the same model."""
    models = [f"arn:aws:bedrock:{each}::foundation-model/amazon.nova-lite-v1:0" for each in ("us-east-1", "us-east-2")]
    world.profiles |= {OWN: models, OTHERS: models}
    through = {"StringEquals": {"bedrock:InferenceProfileArn": OWN}}
    statements: dict[str, dict[str, Any]] = {
        "profile": {"Action": STREAM, "Resource": OWN},
        "model": {"Action": STREAM, "Resource": models, "Condition": through},
    }
    world.allow(*({"Effect": "Allow", "Sid": sid, **each} for sid, each in statements.items() if sid not in but))


def through(arn: str) -> str:
    return f"/model/{quote(arn, safe='')}/converse-stream"


def test_a_role_calls_its_model_through_the_profile_of_its_environment(
    ask: Any, door: BedrockDoor, world: Any, road: Road
) -> None:
    allow_through(world)
    answered = ask(door, "POST", through(OWN), conversation("open?", HOURS))
    assert answered.status == 200
    assert [each.refused for each in road.steps if each.hop == "identity"] == [False] * 3
    assert ask(door, "POST", "/model/amazon.nova-lite-v1:0/converse-stream", conversation("open?")).status == 403


@pytest.mark.parametrize(
    ("missing", "resource"),
    [("profile", "OWN"), ("model", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0")],
)
def test_an_application_profile_needs_itself_and_its_model(
    ask: Any, door: BedrockDoor, world: Any, missing: str, resource: str
) -> None:
    allow_through(world, missing)
    answered = ask(door, "POST", through(OWN), conversation("open?", HOURS))
    assert answered.status == 403
    assert f"{STREAM} on resource: {OWN if resource == 'OWN' else resource}" in answered.json()["message"]


def test_the_profile_of_another_environment_is_refused(ask: Any, door: BedrockDoor, world: Any) -> None:
    allow_through(world)
    answered = ask(door, "POST", through(OTHERS), conversation("open?", HOURS))
    assert (answered.status, OTHERS in answered.json()["message"]) == (403, True)
    # Also where a role may call it: the model behind it is this environment's profile's alone.
    world.allow({"Effect": "Allow", "Action": STREAM, "Resource": OTHERS}, name="others")
    answered = ask(door, "POST", through(OTHERS), conversation("open?", HOURS))
    assert (answered.status, "foundation-model" in answered.json()["message"]) == (403, True)


def test_the_denial_of_models_stops_a_profile_too(ask: Any, door: BedrockDoor, world: Any) -> None:
    allow_through(world)
    world.allow({"Effect": "Deny", "Action": [INVOKE, STREAM], "Resource": "*"}, name="denial")
    assert ask(door, "POST", through(OWN), conversation("open?", HOURS)).status == 403


def test_a_profile_that_is_gone_is_no_model(ask: Any, door: BedrockDoor) -> None:
    answered = ask(door, "POST", through(OWN), conversation("open?"), key_id=ADMINISTRATOR)
    assert (answered.status, answered.json()["message"]) == (400, "The provided model identifier is invalid.")


def test_a_call_through_a_profile_counts_under_its_id(ask: Any, world: Any) -> None:
    allow_through(world)
    seen: list[Invocation] = []
    counting = BedrockDoor(world, Identity(world), observe=seen.append)
    ask(counting, "POST", through(OWN), conversation("open?", HOURS), key_id=ADMINISTRATOR)
    assert [each.model_id for each in seen] == ["own1"]


def test_a_role_that_needs_the_guardrail_gets_nothing_without(ask: Any, door: BedrockDoor, world: Any) -> None:
    allow_everything_needed(world)
    assert ask(door, "POST", f"/model/{MODEL}/converse-stream", conversation("open?", HOURS)).status == 403


def test_a_blocked_question_costs_nothing(ask: Any, door: BedrockDoor, guardrail: Any) -> None:
    body = conversation("My card is 4111 1111 1111 1111", HOURS, guardrailConfig=UNDER_GUARDRAIL)
    found = stream(ask, door, body)
    assert text_of(found) == "Not that question."
    assert found[-2]["messageStop"]["stopReason"] == "guardrail_intervened"
    assert found[-1]["metadata"]["usage"]["totalTokens"] == 0
    trace = found[-1]["metadata"]["trace"]["guardrail"]
    (entity,) = trace["inputAssessment"]["gr1"]["sensitiveInformationPolicy"]["piiEntities"]
    assert (entity["type"], entity["action"]) == ("CREDIT_DEBIT_CARD_NUMBER", "BLOCKED")
    assert "outputAssessments" not in trace


def test_a_number_with_a_wrong_checksum_is_no_card(ask: Any, door: BedrockDoor, guardrail: Any) -> None:
    body = conversation("Is 4111 1111 1111 1112 when the garden is open?", HOURS, guardrailConfig=UNDER_GUARDRAIL)
    assert text_of(stream(ask, door, body)).startswith("The garden")


def test_a_word_blocks_an_answer_but_not_inside_another(ask: Any, door: BedrockDoor, guardrail: Any) -> None:
    body = conversation("fruit?", "Apples are no Forbidden Fruit here.", guardrailConfig=UNDER_GUARDRAIL)
    assert text_of(stream(ask, door, body)) == "Not that answer."
    body = conversation("fruit?", "Apples are unforbidden fruit here.", guardrailConfig=UNDER_GUARDRAIL)
    assert text_of(stream(ask, door, body)).startswith("Apples")


def test_personal_data_is_masked_in_an_answer_and_told(ask: Any, door: BedrockDoor, guardrail: Any) -> None:
    body = conversation("Where do I write about tickets?", CONTACT, guardrailConfig=UNDER_GUARDRAIL)
    found = stream(ask, door, body)
    assert text_of(found) == "Write to {EMAIL} or call +49 30 1234567 about tickets."
    trace = found[-1]["metadata"]["trace"]["guardrail"]
    entities = trace["outputAssessments"]["gr1"][0]["sensitiveInformationPolicy"]["piiEntities"]
    assert {(each["type"], each["action"]) for each in entities} == {("EMAIL", "ANONYMIZED"), ("PHONE", "NONE")}
    # A passage is no input: it was quoted, and nothing in it was assessed as a question.
    assert "sensitiveInformationPolicy" not in trace["inputAssessment"]["gr1"]


def test_asynchronous_assessment_comes_after_the_text_and_masks_nothing(
    ask: Any, door: BedrockDoor, guardrail: Any
) -> None:
    late = UNDER_GUARDRAIL | {"streamProcessingMode": "async"}
    found = stream(ask, door, conversation("Where do I write about tickets?", CONTACT, guardrailConfig=late))
    assert "info@garden.example" in text_of(found)
    found = stream(ask, door, conversation("fruit?", "A forbidden fruit.", guardrailConfig=late))
    assert text_of(found) == "A forbidden fruit.Not that answer."
    assert found[-2]["messageStop"]["stopReason"] == "guardrail_intervened"


def test_a_stop_sequence_ends_the_answer(ask: Any, door: BedrockDoor) -> None:
    settings = {"stopSequences": [" to "]}
    found = stream(ask, door, conversation("When is it open?", HOURS, inferenceConfig=settings))
    assert text_of(found) == "The garden is open from 9:00"
    assert found[-2]["messageStop"]["stopReason"] == "stop_sequence"


def test_what_is_not_evaluated_is_named(ask: Any, door: BedrockDoor, guardrail: Any, road: Road) -> None:
    guardrail["topicPolicy"] = {"topics": [{"name": "legal"}]}
    found = stream(ask, door, conversation("open?", HOURS, guardrailConfig=UNDER_GUARDRAIL))
    text = "Not evaluated by this emulator: topics, words PROFANITY, NAME."
    assert any(text in each.did for each in road.steps)
    assert found[-2]["messageStop"]["stopReason"] == "end_turn"


def test_no_trace_unless_it_is_asked_for(ask: Any, door: BedrockDoor, guardrail: Any) -> None:
    quiet = {key: value for key, value in UNDER_GUARDRAIL.items() if key != "trace"}
    found = stream(ask, door, conversation("open?", HOURS, guardrailConfig=quiet))
    assert "trace" not in found[-1]["metadata"]


def test_a_version_that_does_not_exist_is_refused(ask: Any, door: BedrockDoor, guardrail: Any) -> None:
    body = conversation("open?", HOURS, guardrailConfig=UNDER_GUARDRAIL | {"guardrailVersion": "7"})
    answered = ask(door, "POST", f"/model/{MODEL}/converse-stream", body, key_id=ADMINISTRATOR)
    assert (answered.status, answered.headers["x-amzn-errortype"]) == (400, "ValidationException")


def test_apply_guardrail_masks_and_blocks(ask: Any, door: BedrockDoor, guardrail: Any) -> None:
    def apply(text: str) -> Any:
        body = {"source": "INPUT", "content": [{"text": {"text": text}}]}
        return ask(door, "POST", "/guardrail/gr1/version/1/apply", body, key_id=ADMINISTRATOR).json()

    assert apply("hello")["action"] == "NONE"
    assert apply("about ORD-42")["outputs"] == [{"text": "about {order}"}]
    assert apply("the forbidden fruit")["outputs"] == [{"text": "Not that question."}]


def embed(ask: Any, door: BedrockDoor, text: str, **given: Any) -> Any:
    path = "/model/amazon.titan-embed-text-v2%3A0/invoke"
    return ask(door, "POST", path, {"inputText": text, **given}, key_id=ADMINISTRATOR)


def test_embeddings_of_texts_with_the_same_words_are_near(ask: Any, door: BedrockDoor) -> None:
    def nearness(one: str, other: str) -> float:
        vectors = [embed(ask, door, text).json()["embedding"] for text in (one, other)]
        return float(sum(a * b for a, b in zip(*vectors, strict=True)))

    question = "When is the garden open?"
    assert nearness(question, question) == pytest.approx(1)
    assert nearness(question, HOURS) > nearness(question, CONTACT) + 0.1


@pytest.mark.parametrize("dimensions", [256, 512, 1024])
def test_embeddings_have_the_dimensions_asked_for(ask: Any, door: BedrockDoor, dimensions: int) -> None:
    found = embed(ask, door, "garden", dimensions=dimensions).json()
    assert len(found["embedding"]) == dimensions
    assert found["inputTextTokenCount"] == 2


@pytest.mark.parametrize("wrong", [{"dimensions": 300}, {"texts": []}, {"inputText": ""}])
def test_malformed_embeddings_are_refused(ask: Any, door: BedrockDoor, wrong: dict[str, Any]) -> None:
    answered = embed(ask, door, "garden", **wrong)
    assert answered.status == 400
    assert answered.json()["message"].startswith("Malformed input request: ")


@pytest.mark.parametrize(
    "path",
    [
        "/model/cohere.embed-english-v3/invoke",
        "/model/amazon.titan-embed-text-v2:0/invoke-with-response-stream",
        "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aprovisioned-model%2Fx/converse",
        "/async-invoke",
    ],
)
def test_what_is_not_known_is_said_so(ask: Any, door: BedrockDoor, path: str) -> None:
    answered = ask(door, "POST", path, {"messages": []}, key_id=ADMINISTRATOR)
    assert (answered.status, answered.headers["x-amzn-errortype"]) == (501, "NotImplementedByEmulator")


def test_tools_and_images_are_not_known(ask: Any, door: BedrockDoor) -> None:
    path = f"/model/{MODEL}/converse"
    assert ask(door, "POST", path, conversation("open?", toolConfig={}), key_id=ADMINISTRATOR).status == 501
    picture = {"messages": [{"role": "user", "content": [{"image": {}}]}]}
    assert ask(door, "POST", path, picture, key_id=ADMINISTRATOR).status == 501


@pytest.mark.parametrize("name", ["amazon.unheard-of-v1:0", "us.amazon.unheard-of-v1:0", "x"])
def test_an_unknown_model_is_refused_as_by_aws(ask: Any, door: BedrockDoor, name: str) -> None:
    answered = ask(door, "POST", f"/model/{name}/converse", conversation("open?"), key_id=ADMINISTRATOR)
    assert answered.status == 400
    assert answered.json()["message"] == "The provided model identifier is invalid."


def test_a_profile_of_another_geography_is_unknown_here(ask: Any, door: BedrockDoor) -> None:
    path = "/model/eu.amazon.nova-lite-v1:0/converse"
    answered = ask(door, "POST", path, conversation("open?"), key_id=ADMINISTRATOR)
    assert (answered.status, answered.headers["x-amzn-errortype"]) == (400, "ValidationException")


def test_a_profile_can_be_named_by_its_arn(ask: Any, door: BedrockDoor) -> None:
    path = f"/model/{PROFILE.replace(':', '%3A').replace('/', '%2F')}/converse"
    assert ask(door, "POST", path, conversation("open?", HOURS), key_id=ADMINISTRATOR).status == 200


def put_fault(ask: Any, door: BedrockDoor, **fault: Any) -> None:
    assert ask(door, "PUT", "/_control/faults/one", fault, key_id="").status == 200


def test_throttling_on_demand_happens_as_often_as_told(ask: Any, door: BedrockDoor) -> None:
    put_fault(ask, door, error="ThrottlingException", times=1, model="amazon.nova*")
    body = conversation("open?", HOURS)
    answered = ask(door, "POST", f"/model/{MODEL}/converse-stream", body, key_id=ADMINISTRATOR)
    assert (answered.status, answered.headers["x-amzn-errortype"]) == (429, "ThrottlingException")
    assert stream(ask, door, body)


def test_an_error_in_the_middle_of_a_stream_is_an_exception_of_it(ask: Any, door: BedrockDoor) -> None:
    put_fault(ask, door, error="ModelStreamErrorException", after_tokens=2)
    found: list[dict[str, Any]] = []
    answered = ask(door, "POST", f"/model/{MODEL}/converse-stream", conversation("open?", HOURS), key_id=ADMINISTRATOR)
    with pytest.raises(EventStreamError, match="modelStreamErrorException"):
        found.extend(events(answered.pieces))
    reading = events(answered.pieces)
    assert text_of([next(reading) for _ in range(3)]) == "The garden "


def test_delays_are_waited_before_the_first_token_and_between_others(ask: Any, door: BedrockDoor) -> None:
    put_fault(ask, door, first_token_seconds=0.2, token_seconds=0.01)
    started = time.monotonic()
    found = stream(ask, door, conversation("open?", HOURS))
    words = len(text_of(found).split())
    assert time.monotonic() - started >= 0.2 + 0.01 * (words - 1)


def test_faults_can_be_removed_and_only_known_ones_put(ask: Any, door: BedrockDoor) -> None:
    put_fault(ask, door, error="ThrottlingException")
    assert ask(door, "DELETE", "/_control/faults", key_id="").json() == {"faults": {}}
    assert stream(ask, door, conversation("open?", HOURS))
    assert ask(door, "PUT", "/_control/faults/one", {"error": "Oops"}, key_id="").status == 400
    assert ask(door, "PUT", "/_control/faults/one", {"colour": "red"}, key_id="").status == 400
    assert ask(door, "PUT", "/_control/faults/one", {"times": -1}, key_id="").status == 400


def test_requests_are_reported_as_cloudwatch_counts_them(ask: Any, world: Any) -> None:
    told: list[Invocation] = []
    door = BedrockDoor(world, Identity(world), observe=told.append)
    put_fault(ask, door, error="ThrottlingException", times=1)
    path, body = f"/model/{MODEL}/converse-stream", conversation("open?", HOURS)
    for _ in range(2):
        ask(door, "POST", path, body, key_id=ADMINISTRATOR)
    embed(ask, door, "garden")
    ask(door, "POST", "/model/unknown/converse", body, key_id=ADMINISTRATOR)
    assert [each.model_id for each in told] == [MODEL, MODEL, "amazon.titan-embed-text-v2:0", "unknown"]
    throttled, answered, embedded, refused = (each.metrics for each in told)
    assert set(throttled) == {"InvocationThrottles"}
    assert answered["OutputTokenCount"][0] == 14
    assert answered["TimeToFirstToken"][0] <= answered["InvocationLatency"][0]
    assert embedded["InputTokenCount"][0] == 2
    assert "TimeToFirstToken" not in embedded
    assert set(refused) == {"InvocationClientErrors"}


def test_emulators_that_do_not_answer_are_an_unavailable_service(
    ask: Any, door: BedrockDoor, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*given: str) -> Any:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

    monkeypatch.setattr(world, "client", away)
    answered = ask(door, "POST", f"/model/{MODEL}/converse", conversation("open?"), key_id=ADMINISTRATOR)
    assert (answered.status, answered.headers["x-amzn-errortype"]) == (503, "ServiceUnavailableException")


def test_all_faults_can_be_set_at_once(ask: Any, door: BedrockDoor) -> None:
    door.set_faults([{"error": "ThrottlingException", "model": "other"}, {"error": "ServiceUnavailableException"}])
    path, body = f"/model/{MODEL}/converse", conversation("open?", HOURS)
    assert ask(door, "POST", path, body, key_id=ADMINISTRATOR).status == 503
    door.set_faults([])
    assert ask(door, "POST", path, body, key_id=ADMINISTRATOR).status == 200


def signed(key_id: str) -> tuple[bytes, bytes]:
    """Header of a request that somebody signed, as far as the door reads it."""
    return b"authorization", f"AWS4-HMAC-SHA256 Credential={key_id}/20260101/us-east-1/bedrock/aws4_request".encode()


def test_a_request_that_nobody_signed_is_refused(ask: Any, door: BedrockDoor) -> None:
    answer = ask(door, "POST", f"/model/{MODEL}/converse", conversation("open?", HOURS), key_id="")
    assert (answer.status, answer.headers["x-amzn-errortype"]) == (403, "MissingAuthenticationTokenException")


def test_the_road_is_the_one_that_the_request_names(world: Any) -> None:
    roads = RoadBook()
    door = BedrockDoor(world, Identity(world), roads)
    asyncio.run(send_named(door))
    assert [each.hop for each in roads.open("r1").steps] == ["identity", "model"]


async def send_named(door: BedrockDoor) -> None:
    path = "/model/amazon.titan-embed-text-v2:0/invoke"
    given = [{"type": "http.request", "body": b'{"inputText": "garden"}'}]

    async def receive() -> dict[str, Any]:
        return given.pop()

    async def take(message: Any) -> None:
        assert message.get("status", 200) == 200

    headers = [(b"x-local-aws-road", b"r1"), signed(ADMINISTRATOR)]
    await door({"type": "http", "method": "POST", "path": path, "headers": headers}, receive, take)


def test_a_task_cannot_reach_the_control(ask: Any, door: BedrockDoor) -> None:
    assert ask(door, "PUT", "/_control/faults/one", {}, key_id=KEY_ID).status == 501


def test_without_a_way_there_is_no_answer(world: Any, road: Road) -> None:
    async def closed(key_id: str, service: str) -> str | None:
        return "no route in rtb-1" if key_id == KEY_ID else None

    door = BedrockDoor(world, Identity(world), road_of=lambda key_id, headers: road, closed=closed)
    sent: list[Any] = []

    async def give_up(key_id: str) -> None:
        given: list[dict[str, Any]] = [
            {"type": "http.request", "body": b'{"inputText": "garden"}'},
            {"type": "http.disconnect"},
        ]

        async def receive() -> dict[str, Any]:
            return given.pop(0)

        async def take(message: Any) -> None:
            sent.append(message)

        path = "/model/amazon.titan-embed-text-v2:0/invoke"
        headers = [signed(key_id)]
        await door({"type": "http", "method": "POST", "path": path, "headers": headers}, receive, take)

    asyncio.run(give_up(KEY_ID))
    assert sent == []
    assert (road.steps[0].decided, road.steps[0].did) == ("no route in rtb-1", "no way to bedrock: nothing answers")
    assert road.steps[0].refused
    asyncio.run(give_up(ADMINISTRATOR))
    assert sent[0]["status"] == 200


def test_a_visitor_who_leaves_ends_the_stream(world: Any) -> None:
    told: list[Invocation] = []
    door = BedrockDoor(world, Identity(world), pace=Fault(token_seconds=0.05), observe=told.append)
    sent: list[bytes] = []

    async def leave() -> None:
        bodies = [json.dumps(conversation("open?", HOURS)).encode()]

        async def receive() -> dict[str, Any]:
            if bodies:
                return {"type": "http.request", "body": bodies.pop()}
            await asyncio.sleep(0.1)
            return {"type": "http.disconnect"}

        async def take(message: Any) -> None:
            sent.append(message.get("body", b""))

        path = f"/model/{MODEL}/converse-stream"
        scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "headers": [signed(ADMINISTRATOR)],
        }
        await door(scope, receive, take)

        # It is counted as far as it went, at once.
        assert [0 < each.output_tokens < 14 for each in told] == [True]

    asyncio.run(leave())
    assert 2 <= len(sent) < 8
