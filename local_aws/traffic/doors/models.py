"""Models and inference profiles by the names that requests use, and where a profile's requests end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local_aws.profile_regions import ends_of
from local_aws.traffic.doors.asgi import AwsError, unknown
from local_aws.traffic.world import World

_ARN = re.compile(r"arn:(?P<partition>[\w-]+):bedrock:(?P<region>[\w-]*):(?P<account>\d*):(?P<kind>[\w-]+)/(?P<id>.+)")
# Regions that a geography's profiles can be called from (same page), by their beginnings; the emulator lists all
# profiles everywhere. A geography that isn't here has none.
_SOURCES = {"us": ("us-east-", "us-west-", "ca-"), "eu": ("eu-", "il-"), "apac": ("ap-", "me-"), "global": ("",)}


@dataclass(frozen=True)
class Model:
    """A model as one request names it. `profile_arn` is empty without a profile; `arns` are where it may end.

    A role has to be allowed all of these: AWS chooses one for each request.
    """

    id: str
    profile_arn: str
    arns: tuple[str, ...]

    @property
    def embeds(self) -> bool:
        """Whether the model makes embeddings, and no text."""
        return "embed" in self.id


class Models:
    """Models that the emulated Bedrock lists. They never change during a run, so each region is asked once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[str, tuple[frozenset[str], Mapping[str, tuple[str, ...]]]] = {}

    async def find(self, name: str, region: str) -> Model:
        """The model with this id or ARN; raises AwsError (ValidationException) for one that nobody knows."""
        arn = _ARN.fullmatch(name)
        kind, id_ = (arn["kind"], arn["id"]) if arn else ("", name)
        if kind not in ("", "foundation-model", "inference-profile", "application-inference-profile"):
            raise unknown(f"models of the kind {kind}")
        if arn and arn["region"] not in ("", region):
            raise _invalid()
        if kind == "application-inference-profile":
            return await self._application(name, region)
        models, profiles = await self._of(region)
        partition = arn["partition"] if arn else "aws"
        if id_ in models and kind != "inference-profile":
            return Model(id_, "", (f"arn:{partition}:bedrock:{region}::foundation-model/{id_}",))
        if id_ in profiles and kind != "foundation-model":
            geography, _, model = id_.partition(".")
            if not region.startswith(_SOURCES.get(geography, ())):
                raise _invalid()
            profile = f"arn:{partition}:bedrock:{region}:{self._world.account_id}:inference-profile/{id_}"
            return Model(model, profile, ends_of(id_, profiles[id_], partition))
        raise _invalid()

    async def _application(self, arn: str, region: str) -> Model:
        """The model of an application profile, which requests name by its ARN; it may be made during the run."""
        bedrock: Any = self._world.client("bedrock", region)
        try:
            found = await self._world.ask(
                f"profile {region} {arn}", lambda: bedrock.get_inference_profile(inferenceProfileIdentifier=arn)
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code", "") != "ResourceNotFoundException":
                raise
            raise _invalid() from None
        ends = tuple(each["modelArn"] for each in found["models"])
        return Model(ends[0].rpartition("/")[2], found["inferenceProfileArn"], ends)

    async def _of(self, region: str) -> tuple[frozenset[str], Mapping[str, tuple[str, ...]]]:
        if region not in self._known:
            self._known[region] = await self._world.ask(f"models of {region}", lambda: self._listed(region))
        return self._known[region]

    def _listed(self, region: str) -> tuple[frozenset[str], Mapping[str, tuple[str, ...]]]:
        bedrock: Any = self._world.client("bedrock", region)
        models = frozenset(each["modelId"] for each in bedrock.list_foundation_models()["modelSummaries"])
        profiles = {
            each["inferenceProfileId"]: tuple(model["modelArn"] for model in each["models"])
            for page in bedrock.get_paginator("list_inference_profiles").paginate()
            for each in page["inferenceProfileSummaries"]
            if each.get("type") != "APPLICATION"
        }
        return models, profiles


def _invalid() -> AwsError:
    return AwsError(400, "ValidationException", "The provided model identifier is invalid.")
