"""An inference profile of an environment's own, which makes calls of a model carry its tags."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.bedrock_inference_profile import (
    BedrockInferenceProfile,
    BedrockInferenceProfileModelSource,
)
from constructs import Construct

from config.place import Place
from constructs_lib.bedrock.access import BedrockModel, model_arn


class ApplicationProfile(Construct):
    """A copy of a model on demand, or of AWS's own profile of it, that stands in the bill under its tags.

    One profile is for one model (CreateInferenceProfile takes one source). The model that answers has one: what
    embeds costs a hundredth of that, and ingestion's functions would need one more, of whose calls no guardrail tells.

    Attributes:
        arn: what requests name instead of the model.
        id: the end of the ARN, which AWS makes up.
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, model: BedrockModel, place: Place) -> None:
        super().__init__(scope, id_)
        profile = BedrockInferenceProfile(
            self,
            "profile",
            name=name,
            model_source=[BedrockInferenceProfileModelSource(copy_from=model_arn(model, place))],
        )
        self.arn: str = profile.arn
        self.id: str = profile.id
