"""Bedrock: whether this account may call a model now, and whether a provider's first-use form is filled in.

The pinned boto3 knows neither operation: requests are sent by hand, signed by botocore.
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any
from urllib.parse import quote

from pipeline.aws import asked
from pipeline.doctor.account.asking import Account, UnansweredError
from pipeline.doctor.finding import Diagnosis

NAME = "model"
READY = {
    "authorizationStatus": "AUTHORIZED",
    "entitlementAvailability": "AVAILABLE",
    "regionAvailability": "AVAILABLE",
}
# Provider that asks each account, or its organization, for a form (Bedrock API, PutUseCaseForModelAccess).
ASKS_FOR_FORM = "anthropic."
FORM = "Fill in the form of its provider once: the Bedrock console's playground shows it at the first use of the model."


def diagnose(account: Account, given: str, model: str) -> Diagnosis:
    """Whether `model`, configured as `given`, may be called.

    Bedrock's API reference: GET /foundation-model-availability/{modelId}, GET /use-case-for-model-access.
    """
    status, answer = _get(account, f"/foundation-model-availability/{quote(model, safe='')}")
    if status != 200:
        raise UnansweredError(
            f"GetFoundationModelAvailability answers HTTP {status} for {model}",
            "Allow this role to call bedrock:GetFoundationModelAvailability." if status == 403 else "",
        )
    found = diagnose_access(given, answer)
    if not model.startswith(ASKS_FOR_FORM):
        return found
    return diagnose_form(found, given, _get(account, "/use-case-for-model-access")[0])


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


def diagnose_form(found: Diagnosis, model: str, status: int) -> Diagnosis:
    """`found`, and what the HTTP status says about the form: 404 for none, which the organization may have sent."""
    if status == 404 and found.light == "red":
        return Diagnosis(NAME, "red", f"{found.detail}; its provider's form was not sent", FORM)
    if status == 404:
        detail = f"{model} may be called, but this account sent no form to its provider"
        return Diagnosis(NAME, "yellow", detail, f"{FORM} Nothing to do where the organization sent it.")
    if status != 200 and found.light == "green":
        permission = "Allow this role to call bedrock:GetUseCaseForModelAccess."
        return Diagnosis(NAME, "yellow", f"{model}: whether its form was sent answers HTTP {status}", permission)
    return found


def _get(account: Account, path: str) -> tuple[int, dict[str, Any]]:
    """HTTP status and JSON body of a signed GET to Bedrock. Raises UnansweredError where nothing answers."""
    import boto3
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.httpsession import URLLib3Session

    request = AWSRequest("GET", account.client("bedrock").meta.endpoint_url + path)
    SigV4Auth(boto3.Session().get_credentials(), "bedrock", account.env.region).add_auth(request)
    response = asked(
        partial(URLLib3Session(timeout=(5, 20)).send, request.prepare()),
        otherwise=lambda reason: UnansweredError(f"Bedrock gives no answer: {reason.kind}"),
    )
    if response.status_code != 200:
        return response.status_code, {}
    answer: dict[str, Any] = json.loads(response.content)
    return response.status_code, answer
