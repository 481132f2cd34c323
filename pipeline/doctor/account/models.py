"""Bedrock: whether the models exist, may be called by the configured id, and roles cover the regions of a profile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.doctor.account import model_access
from pipeline.doctor.account.asking import Account
from pipeline.doctor.finding import Diagnosis

NAME = "model"
ABSENT = ("ResourceNotFoundException", "ValidationException")
# Values of inferenceTypesSupported (Bedrock API, FoundationModelSummary) under which a bare model id may be called.
BARE = "ON_DEMAND"


def examine(account: Account) -> Iterator[Diagnosis]:
    """Diagnose the model that answers and, with search enabled, the embedding model."""
    from config.sections.bedrock import PROFILE_PREFIXES

    bedrock = account.env.bedrock
    wanted = (bedrock.model_id, bedrock.embedding_model_id) if account.env.search.enabled else (bedrock.model_id,)
    for given in dict.fromkeys(wanted):
        prefix, _, rest = given.partition(".")
        profile = prefix in PROFILE_PREFIXES
        finding = _profile(account, given, rest) if profile else _model(account, given)
        yield finding if finding is not None else model_access.diagnose(account, given, rest if profile else given)


def _model(account: Account, model: str) -> Diagnosis | None:
    """Finding when the model is not offered, not callable by its bare id, or ends; else None."""
    details = _details(account, model)
    if details is None:
        fix = "`aws bedrock list-foundation-models` lists what there is; name one in [bedrock]."
        return Diagnosis(NAME, "red", f"{model} is not offered in {account.env.region}", fix)
    types = details.get("inferenceTypesSupported", [BARE])
    if BARE not in types:
        fix = "`aws bedrock list-inference-profiles` lists its profiles; name one in [bedrock], such as us.MODEL."
        detail = f"{model} may not be called by this id, only by {' or '.join(types).lower() or 'nobody'}"
        return Diagnosis(NAME, "red", detail, fix)
    return _lifecycle(model, details)


def _profile(account: Account, profile: str, model: str) -> Diagnosis | None:
    """Finding when a profile doesn't exist, its model ends, or it uses regions where roles don't allow the model."""
    found = account.find("bedrock", "get_inference_profile", *ABSENT, inferenceProfileIdentifier=profile)
    if found is None:
        fix = "`aws bedrock list-inference-profiles` lists what there is; name one in [bedrock]."
        return Diagnosis(NAME, "red", f"{profile} is not offered in {account.env.region}", fix)
    regions = {model["modelArn"].split(":")[3] for model in found["models"]} - {""}
    missing = sorted(regions - set(account.env.bedrock.destination_regions))
    if missing:
        detail = f"{profile} also sends requests to {', '.join(missing)}, where the task may not call it"
        listed = ", ".join(f'"{region}"' for region in sorted(regions))
        return Diagnosis(NAME, "red", detail, f"Set [bedrock] destination_regions = [{listed}].")
    # A profile may be called from a region that lacks the model itself.
    home = account.env.region
    details = _details(account.at(home if home in regions or not regions else min(regions)), model)
    return _lifecycle(model, details or {})


def _details(account: Account, model: str) -> dict[str, Any] | None:
    found = account.find("bedrock", "get_foundation_model", *ABSENT, modelIdentifier=model)
    return None if found is None else dict(found["modelDetails"])


def _lifecycle(model: str, details: dict[str, Any]) -> Diagnosis | None:
    status = details.get("modelLifecycle", {}).get("status", "ACTIVE")
    if status == "ACTIVE":
        return None
    detail = f"{model} is {status}: it ends at some time, and AWS may refuse accounts that never called it"
    return Diagnosis(NAME, "yellow", detail, "Choose a newer one in [bedrock].")
