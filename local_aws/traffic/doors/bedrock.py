"""The Bedrock runtime: embeddings, conversations and guardrails, for whom the deployed policies allow it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from local_aws.traffic.doors import titan
from local_aws.traffic.doors.answers import streamed, whole
from local_aws.traffic.doors.asgi import AwsError, Call, Closed, Door, Reply, RoadOf, json_reply, unknown
from local_aws.traffic.doors.authorization import require
from local_aws.traffic.doors.conversation import Conversation
from local_aws.traffic.doors.faults import Fault, Faults
from local_aws.traffic.doors.generation import Generated, generate
from local_aws.traffic.doors.guardrails import Guardrail, Guardrails, Source, usage
from local_aws.traffic.doors.identity import Identity
from local_aws.traffic.doors.invocations import Measure, Observe
from local_aws.traffic.doors.models import Model, Models
from local_aws.traffic.road import RoadBook
from local_aws.traffic.world import World

_INVOKE, _STREAM = "bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"


class BedrockDoor(Door):
    """ASGI application with the paths of the Bedrock runtime, and `/_control/` for tests.

    `PUT /_control/faults/NAME` takes a `Fault` as JSON, `DELETE` removes it (without a name: all), and
    `GET /_control/faults` tells how often each will still happen. `pace` has the delays of requests without a fault;
    `observe` is told of every request to a model.
    """

    def __init__(
        self,
        world: World,
        identity: Identity,
        roads: RoadBook | None = None,
        *,
        pace: Fault | None = None,
        observe: Observe | None = None,
        road_of: RoadOf | None = None,
        closed: Closed | None = None,
    ) -> None:
        super().__init__(roads, road_of, closed)
        self._world, self._identity, self._pace = world, identity, pace or Fault()
        self._observe = observe or (lambda invocation: None)
        self._models, self._guardrails = Models(world), Guardrails(world)
        self.faults = Faults()

    def set_faults(self, faults: Sequence[dict[str, Any]]) -> None:
        """Replace all faults, given as the control API takes them; raises AwsError (ValidationException)."""
        read = [Fault.of(each) for each in faults]
        self.faults.delete()
        for at, fault in enumerate(read):
            self.faults.put(str(at), fault)

    async def answer(self, call: Call) -> Reply:
        match (call.method, *call.parts):
            case ("POST", "model", name, ("invoke" | "converse" | "converse-stream") as operation):
                return await self._measured(call, name, operation)
            case ("POST", "guardrail", id_, "version", version, "apply"):
                return await self._apply(call, id_, version)
            case (method, "_control", "faults", *names) if self._identity.caller(call.key_id) is None:
                return self._control(call, method, names)
        raise unknown(f"{call.method} {call.path} of the Bedrock runtime")

    def _region(self, call: Call) -> str:
        return call.region or self._world.region

    async def _measured(self, call: Call, name: str, operation: str) -> Reply:
        """The answer of a model, and its report, whatever comes of it."""
        measure = Measure(name.rpartition("/")[2], self._region(call), self._observe)
        try:
            if operation == "invoke":
                return await self._invoke(call, name, measure)
            streams = operation == "converse-stream"
            fault, generated = await self._generated(call, name, streams=streams)
            return streamed(generated, fault, measure) if streams else await whole(generated, fault, measure)
        except AwsError as error:
            measure.failed(error.code, error.status)
            raise

    async def _invoke(self, call: Call, name: str, measure: Measure) -> Reply:
        model = await self._models.find(name, self._region(call))
        await self._allow_model(call, _INVOKE, model, {})
        if model.id != titan.MODEL_ID:
            raise unknown(f"InvokeModel of {model.id}")
        if call.headers.get("x-amzn-bedrock-guardrailidentifier"):
            raise unknown("InvokeModel under a guardrail")
        fault = await self._started(call, model, streams=False)
        await asyncio.sleep(fault.first_token_seconds or 0)
        answer = titan.embedded(call.json())
        count = answer["inputTextTokenCount"]
        call.road.step("model", model.id, f"{len(answer['embedding'])} dimensions of {count} tokens, by hashed n-grams")
        measure.answered(count, 0)
        return json_reply(answer, headers=(("x-amzn-bedrock-input-token-count", str(count)),))

    async def _generated(self, call: Call, name: str, *, streams: bool) -> tuple[Fault, Generated]:
        """Everything before the answer: who may, under which guardrail, and what will be said."""
        model = await self._models.find(name, self._region(call))
        conversation = Conversation.of(call.json())
        guardrail = await self._guardrail(call, conversation)
        context = {"bedrock:GuardrailIdentifier": guardrail.condition_value} if guardrail else {}
        await self._allow_model(call, _STREAM if streams else _INVOKE, model, context)
        if model.embeds:
            message = "This action doesn't support the model that you provided. Try again with a supported text model."
            raise AwsError(400, "ValidationException", message)
        if guardrail:
            await self._allow_guardrail(call, guardrail)
        fault = await self._started(call, model, streams=streams)
        generated = generate(conversation, guardrail, call.road, model=model.id)
        traced = conversation.guardrail and conversation.guardrail.get("trace", "disabled") != "disabled"
        return fault, generated if traced else replace(generated, trace=None)

    async def _started(self, call: Call, model: Model, *, streams: bool) -> Fault:
        """The fault of this request, with the pace of those without one; raises AwsError where it comes at once.

        In a stream an error waits for its tokens; the stream's own error is never anything but an exception of it.
        """
        fault = self.faults.take(model.id)
        first, later = self._pace.first_token_seconds, self._pace.token_seconds
        fault = replace(
            fault,
            first_token_seconds=first if fault.first_token_seconds is None else fault.first_token_seconds,
            token_seconds=later if fault.token_seconds is None else fault.token_seconds,
        )
        in_stream = streams and (fault.after_tokens is not None or fault.error == "ModelStreamErrorException")
        if fault.error and not in_stream:
            await asyncio.sleep(fault.first_token_seconds or 0)
            call.road.step("model", model.id, f"{fault.error} on demand", refused=True)
            raise fault.raised
        return fault

    async def _guardrail(self, call: Call, conversation: Conversation) -> Guardrail | None:
        config = conversation.guardrail
        if config is None:
            return None
        if not config.get("guardrailIdentifier") or not config.get("guardrailVersion"):
            raise AwsError(400, "ValidationException", "guardrailConfig needs an identifier and a version.")
        return await self._guardrails.find(
            config["guardrailIdentifier"], config["guardrailVersion"], self._region(call)
        )

    async def _allow_model(self, call: Call, action: str, model: Model, context: dict[str, str]) -> None:
        """Bedrock checks the profile where the request starts, and the model where it ends."""
        if not model.profile_arn:
            return await require(self._identity, call, action, model.arns[0], context)
        await require(self._identity, call, action, model.profile_arn, context)
        through = context | {"bedrock:InferenceProfileArn": model.profile_arn}
        for arn in model.arns:
            await require(self._identity, call, action, arn, through, through_endpoint=False)
        return None

    async def _allow_guardrail(self, call: Call, guardrail: Guardrail) -> None:
        await require(self._identity, call, "bedrock:ApplyGuardrail", guardrail.arn)
        if guardrail.key_arn:
            by_bedrock = {"aws:ViaAWSService": "true"}
            await require(self._identity, call, "kms:Decrypt", guardrail.key_arn, by_bedrock, through_endpoint=False)

    async def _apply(self, call: Call, id_: str, version: str) -> Reply:
        guardrail = await self._guardrails.find(id_, version, self._region(call))
        await self._allow_guardrail(call, guardrail)
        body = call.json()
        source: Source = "OUTPUT" if body.get("source") == "OUTPUT" else "INPUT"
        texts = []
        for block in body.get("content") or []:
            if not isinstance(block, dict) or set(block) != {"text"}:
                raise unknown("a guardrail on anything but text")
            qualifiers = block["text"].get("qualifiers") or ["guard_content"]
            if "guard_content" in qualifiers:
                texts.append(block["text"]["text"])
        found = guardrail.assess(texts, source)
        call.road.step(
            "guardrail", guardrail.name, f"{source.lower()} {found.did}; {found.reason}", refused=found.blocked
        )
        acts = found.blocked or found.masked
        outputs = (guardrail.message(source),) if found.blocked else found.texts if found.masked else ()
        characters = sum(map(len, texts))
        return json_reply(
            {
                "action": "GUARDRAIL_INTERVENED" if acts else "NONE",
                "actionReason": found.reason,
                "outputs": [{"text": text} for text in outputs],
                "assessments": [found.assessment],
                "usage": usage(characters),
                "guardrailCoverage": {"textCharacters": {"guarded": characters, "total": characters}},
            }
        )

    def _control(self, call: Call, method: str, names: list[str]) -> Reply:
        match (method, names):
            case ("PUT", [name]):
                self.faults.put(name, Fault.of(call.json()))
            case ("DELETE", names):
                self.faults.delete(names[0] if names else None)
            case ("GET", []):
                pass
            case _:
                raise unknown(f"{method} {call.path}")
        return json_reply({"faults": self.faults.left()})
