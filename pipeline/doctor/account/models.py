"""Bedrock: do the models exist, may this account use them, and where may the profile send a request?"""

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
    """The model that answers, and the one that embeds where there is an index."""
    from config.sections.bedrock import PROFILE_PREFIXES

    bedrock = account.env.bedrock
    wanted = (bedrock.model_id, bedrock.embedding_model_id) if account.env.search.enabled else (bedrock.model_id,)
    for given in dict.fromkeys(wanted):
        prefix, _, rest = given.partition(".")
        profile = prefix in PROFILE_PREFIXES
        model = rest if profile else given
        finding = _profile(account, given) if profile else _model(account, model)
        yield finding if finding is not None else access(given, _availability(account, model))


def _model(account: Account, model: str) -> Diagnosis | None:
    """What is wrong with the model itself; None when it is there."""
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
    """What is wrong with an inference profile: roles grant the model in each region it may send a request to."""
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


def access(model: str, answer: dict[str, Any]) -> Diagnosis:
    """May this account call the model now?"""
    refused = [f"{key} is {answer.get(key, 'unknown')}" for key, ready in READY.items() if answer.get(key) != ready]
    agreement = answer.get("agreementAvailability", {}).get("status", "AVAILABLE")
    if agreement != "AVAILABLE":
        refused.append(f"the agreement is {agreement}")
    if not refused:
        return Diagnosis(NAME, "green", f"{model} may be called")
    fix = "Open it once in the Bedrock console's playground as administrator; the deployment guide says why."
    return Diagnosis(NAME, "red", f"{model} may not be called yet: {', '.join(refused)}", fix)


def _availability(account: Account, model: str) -> dict[str, Any]:
    """GetFoundationModelAvailability, which the pinned boto3 is too old to know: the same request, signed by botocore.

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
