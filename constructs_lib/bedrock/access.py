"""Statements for roles that call models and guardrails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from config.place import Place
from constructs_lib.identity.policy import Condition, Statement
from policies.needs.need import Need

INVOKE = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
# What the application contract asks for: answers are streamed.
GENERATE = ("bedrock:InvokeModelWithResponseStream",)
# Embeddings are not streamed.
EMBED = ("bedrock:InvokeModel",)


@dataclass(frozen=True)
class BedrockModel:
    """A foundation model, or with `profile` an inference profile: a model id behind the name of a geography."""

    id: str
    profile: bool = False

    @property
    def bare_id(self) -> str:
        """Id of the model itself, without the name of a geography."""
        return self.id.partition(".")[2] if self.profile else self.id

    def regions(self, place: Place, destination_regions: Sequence[str]) -> tuple[str, ...]:
        """Regions where a request may end; a global profile ends at an ARN without one, too (Bedrock guide)."""
        if not self.profile:
            return (place.region,)
        return (*destination_regions, *([""] if self.id.startswith("global.") else []))


def model_arn(model: BedrockModel, place: Place) -> str:
    """ARN of a model in this region, or of AWS's own profile of it."""
    return _profile_arn(place, model) if model.profile else _model_arn(place.partition, place.region, model.id)


def model_statements(
    sid: str,
    model: BedrockModel,
    *,
    place: Place,
    actions: tuple[str, ...] = GENERATE,
    destination_regions: Sequence[str] = (),
    conditions: Sequence[Condition] = (),
    through_arn: str | None = None,
) -> tuple[Statement, ...]:
    """Allow invoking one model, or one inference profile and its model in every region it may send a request to.

    Bedrock checks both: the profile where the request starts, and the model where it ends. The second statement holds
    only for requests that come through the profile. `through_arn` is an application profile that is called instead of
    its source: the guide names that profile and the models in each of its regions, and AWS's profile that it is a copy
    of nowhere ("Prerequisites for inference profiles").
    """
    if not model.profile and through_arn is None:
        return (Statement(sid, actions, (model_arn(model, place),), conditions=tuple(conditions)),)
    profile = through_arn or model_arn(model, place)
    through: Condition = ("StringEquals", "bedrock:InferenceProfileArn", (profile,))
    return (
        Statement(f"{sid}Profile", actions, (profile,), conditions=tuple(conditions)),
        Statement(
            f"{sid}Model",
            actions,
            _model_arns(model, place, destination_regions),
            conditions=(*conditions, through),
        ),
    )


def model_needs(
    role_arn: str,
    model: BedrockModel,
    *,
    place: Place,
    actions: tuple[str, ...] = GENERATE,
    destination_regions: Sequence[str] = (),
    guardrail_arn: str | None = None,
    through_arn: str | None = None,
) -> tuple[Need, ...]:
    """Requests of a role that calls one model, or one inference profile, under a version of the guardrail."""
    guarded = {"bedrock:GuardrailIdentifier": f"{guardrail_arn}:1"} if guardrail_arn else {}
    if not model.profile and through_arn is None:
        return (Need(role_arn, actions, model_arn(model, place), "application", guarded, in_vpc=True),)
    profile = through_arn or model_arn(model, place)
    through = guarded | {"bedrock:InferenceProfileArn": profile}
    return (
        Need(role_arn, actions, profile, "application", guarded, in_vpc=True),
        *(
            Need(role_arn, actions, each, "model-through-profile", through)
            for each in _model_arns(model, place, destination_regions)
        ),
    )


def guardrail_needs(role_arn: str, guardrail_arn: str, *, kms_key_arn: str) -> tuple[Need, ...]:
    """Requests of a role that applies a guardrail under a customer key."""
    through_bedrock = {"aws:ViaAWSService": "true"}
    return (
        Need(role_arn, ("bedrock:ApplyGuardrail",), guardrail_arn, "application", in_vpc=True),
        Need(role_arn, ("kms:Decrypt",), kms_key_arn, "guardrail-is-decrypted", through_bedrock),
    )


def generation_anywhere(model: BedrockModel, *, place: Place, through_arn: str | None = None) -> tuple[str, ...]:
    """ARN patterns of one model and the profiles that lead to it, in every region: for a denial."""
    own = (through_arn,) if through_arn else ()
    offered = (_profile_arn(place, model),) if model.profile else ()
    return (*own, *offered, _model_arn(place.partition, "*", model.bare_id))


def guardrail_condition(guardrail_arn: str) -> Condition:
    """Condition: a published version of this guardrail is used (its draft has no version after the ARN)."""
    return ("StringLike", "bedrock:GuardrailIdentifier", (f"{guardrail_arn}:*",))


def never_without_guardrail(guardrail_arn: str, models: tuple[str, ...]) -> Statement:
    """Deny these models without the guardrail, whatever another policy may grant the role later.

    All regions at once: a third list of destinations would take more than the 10,240 characters of a role's policies.
    """
    _, key, values = guardrail_condition(guardrail_arn)
    return Statement(
        sid="NeverWithoutGuardrail",
        effect="Deny",
        actions=INVOKE,
        resources=models,
        conditions=(("StringNotLike", key, values),),
    )


def guardrail_statements(guardrail_arn: str, *, kms_key_arn: str) -> tuple[Statement, ...]:
    """Allow applying a guardrail, which includes reading it under its key ("Permissions for guardrails", KMS part)."""
    return (
        Statement("ApplyGuardrail", ("bedrock:ApplyGuardrail",), (guardrail_arn,)),
        Statement(
            "ReadGuardrail",
            ("kms:Decrypt",),
            (kms_key_arn,),
            # Bedrock decrypts in the role's name; the role's own code has no use for the key.
            conditions=(("Bool", "aws:ViaAWSService", ("true",)),),
        ),
    )


def _profile_arn(place: Place, model: BedrockModel) -> str:
    return place.arn("bedrock", f"inference-profile/{model.id}")


def _model_arns(model: BedrockModel, place: Place, destination_regions: Sequence[str]) -> tuple[str, ...]:
    regions = model.regions(place, destination_regions)
    return tuple(_model_arn(place.partition, each, model.bare_id) for each in regions)


def _model_arn(partition: str, region: str, model_id: str) -> str:
    return f"arn:{partition}:bedrock:{region}::foundation-model/{model_id}"
