"""Bedrock: whether the models exist, this account may call them, and roles cover the regions of a profile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from pipeline.doctor.account.asking import Account, UnansweredError
from pipeline.doctor.finding import Diagnosis

NAME = "model"
ABSENT = ("ResourceNotFoundException", "ValidationException")
READY = {
    "authorizationStatus": "AUTHORIZED",
    "entitlementAvailability": "AVAILABLE",
    "regionAvailability": "AVAILABLE",
}


def examine(account: Account) -> Iterator[Diagnosis]:
    """Diagnose the model that answers and, with search enabled, the embedding model."""
    from config.sections.bedrock import PROFILE_PREFIXES

    bedrock = account.env.bedrock
    wanted = (bedrock.model_id, bedrock.embedding_model_id) if account.env.search.enabled else (bedrock.model_id,)
    for given in dict.fromkeys(wanted):
        prefix, _, rest = given.partition(".")
        profile = prefix in PROFILE_PREFIXES
        model = rest if profile else given
        finding = _profile(account, given) if profile else _model(account, model)
        yield finding if finding is not None else diagnose_access(given, _availability(account, model))


def _model(account: Account, model: str) -> Diagnosis | None:
    """Finding when the model is not offered or not active; else None."""
    found = account.find("bedrock", "get_foundation_model", *ABSENT, modelIdentifier=model)
    if found is None:
        fix = "`aws bedrock list-foundation-models` lists what there is; name one in [bedrock]."
        return Diagnosis(NAME, "red", f"{model} is not offered in {account.env.region}", fix)
    status = found["modelDetails"].get("modelLifecycle", {}).get("status", "ACTIVE")
    if status != "ACTIVE":
        return Diagnosis(
            NAME, "yellow", f"{model} is {status}: it ends at some time", "Choose a newer one in [bedrock]."
        )
    return None


def _profile(account: Account, profile: str) -> Diagnosis | None:
    """Finding when an inference profile doesn't exist, or uses regions where roles don't allow the model."""
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
    return None


def diagnose_access(model: str, answer: dict[str, Any]) -> Diagnosis:
    """Whether this account may call the model now."""
    refused = [f"{key} is {answer.get(key, 'unknown')}" for key, ready in READY.items() if answer.get(key) != ready]
    agreement = answer.get("agreementAvailability", {}).get("status", "AVAILABLE")
    if agreement != "AVAILABLE":
        refused.append(f"the agreement is {agreement}")
    if not refused:
        return Diagnosis(NAME, "green", f"{model} may be called")
    fix = "Open it once in the Bedrock console's playground as administrator; the deployment guide says why."
    return Diagnosis(NAME, "red", f"{model} may not be called yet: {', '.join(refused)}", fix)


def _availability(account: Account, model: str) -> dict[str, Any]:
    """Answer of GetFoundationModelAvailability, sent by hand and signed by botocore: the pinned boto3 doesn't know it.

    Bedrock's API reference, GetFoundationModelAvailability: GET /foundation-model-availability/{modelId}.
    """
    import boto3
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.httpsession import URLLib3Session

    endpoint = account.client("bedrock").meta.endpoint_url
    request = AWSRequest("GET", f"{endpoint}/foundation-model-availability/{quote(model, safe='')}")
    SigV4Auth(boto3.Session().get_credentials(), "bedrock", account.env.region).add_auth(request)
    response = URLLib3Session(timeout=(5, 20)).send(request.prepare())
    if response.status_code != 200:
        raise UnansweredError(f"GetFoundationModelAvailability answers HTTP {response.status_code} for {model}")
    answer: dict[str, Any] = json.loads(response.content)
    return answer
