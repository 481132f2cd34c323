"""What a role may ask of which model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from constructs_lib.identity.policy import Condition, Statement

INVOKE = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
# A vector comes whole.
EMBED = ("bedrock:InvokeModel",)


@dataclass(frozen=True)
class Model:
    """A foundation model, or an inference profile, which is a model id behind the name of a geography."""

    id: str
    profile: bool = False


@dataclass(frozen=True)
class Place:
    """Where requests start: the ARNs of models and profiles follow from it."""

    account_id: str
    region: str
    partition: str


def model_statements(
    sid: str,
    model: Model,
    *,
    place: Place,
    actions: tuple[str, ...] = INVOKE,
    destination_regions: Sequence[str] = (),
    conditions: Sequence[Condition] = (),
) -> tuple[Statement, ...]:
    """Leave to invoke one model, or one inference profile and its model in every region it may send a request to.

    Bedrock checks both: the profile where the request starts, and the model where it ends. The second statement holds
    only for requests that come through the profile.
    """
    if not model.profile:
        arn = _model_arn(place.partition, place.region, model.id)
        return (Statement(sid, actions, (arn,), conditions=tuple(conditions)),)
    geography, _, model_id = model.id.partition(".")
    # A global profile ends at an ARN without a region ("Global cross-Region inference", Bedrock guide).
    regions = (*destination_regions, "") if geography == "global" else destination_regions
    profile = _profile_arn(place, model)
    through: Condition = ("StringEquals", "bedrock:InferenceProfileArn", (profile,))
    return (
        Statement(f"{sid}Profile", actions, (profile,), conditions=tuple(conditions)),
        Statement(
            f"{sid}Model",
            actions,
            tuple(_model_arn(place.partition, region, model_id) for region in regions),
            conditions=(*conditions, through),
        ),
    )


def generation_anywhere(model: Model, *, place: Place) -> tuple[str, ...]:
    """ARN patterns of one model, or one inference profile and its model, in every region: for a denial."""
    if not model.profile:
        return (_model_arn(place.partition, "*", model.id),)
    return (_profile_arn(place, model), _model_arn(place.partition, "*", model.id.partition(".")[2]))


def guardrail_condition(guardrail_arn: str) -> Condition:
    """Only with a published version of this guardrail (its draft has no version after the ARN)."""
    return ("StringLike", "bedrock:GuardrailIdentifier", (f"{guardrail_arn}:*",))


def never_without_guardrail(guardrail_arn: str, models: tuple[str, ...]) -> Statement:
    """Denies these models without the guardrail, whatever another policy may grant the role later.

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
    """Leave to apply a guardrail, which includes reading it under its key ("Permissions for guardrails", KMS part)."""
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


def _profile_arn(place: Place, model: Model) -> str:
    return f"arn:{place.partition}:bedrock:{place.region}:{place.account_id}:inference-profile/{model.id}"


def _model_arn(partition: str, region: str, model_id: str) -> str:
    return f"arn:{partition}:bedrock:{region}::foundation-model/{model_id}"
