"""The policy through which the application's role reaches its models."""

from __future__ import annotations

from collections.abc import Sequence

from constructs import Construct

from config.place import Place
from constructs_lib.bedrock.access import (
    EMBED,
    BedrockModel,
    generation_anywhere,
    guardrail_condition,
    guardrail_needs,
    guardrail_statements,
    model_needs,
    model_statements,
    never_without_guardrail,
)
from constructs_lib.bedrock.application_profile import ApplicationProfile
from constructs_lib.bedrock.guardrail import Guardrail
from constructs_lib.identity.needs import declare
from constructs_lib.identity.policy import Statement
from constructs_lib.identity.role import attach_policy


class ModelAccess(Construct):
    """Lets a role generate with one model, always through the guardrail where there is one, and embed with another.

    With `profile` it generates through that one alone. Embedding models know no guardrails, so they are granted apart.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        role_name: str,
        model: BedrockModel,
        embedding_model: BedrockModel,
        destination_regions: Sequence[str],
        place: Place,
        guardrail: Guardrail | None,
        profile: ApplicationProfile | None = None,
        kms_key_arn: str,
    ) -> None:
        super().__init__(scope, id_)
        through_arn = profile.arn if profile else None
        conditions = (guardrail_condition(guardrail.arn),) if guardrail else ()
        generate = model_statements(
            "Generate",
            model,
            place=place,
            destination_regions=destination_regions,
            conditions=conditions,
            through_arn=through_arn,
        )
        embed = model_statements(
            "Embed", embedding_model, place=place, actions=EMBED, destination_regions=destination_regions
        )
        guarded: tuple[Statement, ...] = ()
        if guardrail:
            guarded = (
                never_without_guardrail(
                    guardrail.arn, generation_anywhere(model, place=place, through_arn=through_arn)
                ),
                *guardrail_statements(guardrail.arn, kms_key_arn=kms_key_arn),
            )
        attach_policy(self, "model_access", role_name=role_name, statements=(*generate, *embed, *guarded))
        role = place.role_arn(role_name)
        declare(
            self,
            *model_needs(
                role,
                model,
                place=place,
                destination_regions=destination_regions,
                guardrail_arn=guardrail.arn if guardrail else None,
                through_arn=through_arn,
            ),
            *model_needs(role, embedding_model, place=place, actions=EMBED, destination_regions=destination_regions),
            *(guardrail_needs(role, guardrail.arn, kms_key_arn=kms_key_arn) if guardrail else ()),
        )
