"""Signing jobs, which moto lacks; the profiles are moto's. A job's result is a copy, and carries no signature."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from local_aws.endpoint import ACCOUNT_ID
from local_aws.messages import Request, Response, error_response, json_response, not_implemented
from local_aws.shims.base import Forward, Handler, Item, Key, Shim, ShimError

_START = "POST /signing-jobs"
_OURS = ("/signing-jobs", "/revocations")
# Signatures of Lambda packages are good for 135 months unless a profile says otherwise (Signer guide).
_GOOD_FOR_SECONDS = 135 * 30 * 24 * 3600


class SigningJobs(Shim):
    """Jobs by region and id; each has succeeded by the time its start is answered."""

    service = "signer"

    def __init__(self) -> None:
        super().__init__()
        self._jobs: dict[Key, Item] = {}

    def handlers(self) -> Mapping[str, Handler]:
        return {"GET /signing-jobs/{jobId}": self._describe}

    def answer(self, request: Request, forward: Forward) -> Response | None:
        if request.operation == _START:
            try:
                return json_response(self._start(request, forward))
            except ShimError as refusal:
                return error_response(request, refusal.status, refusal.code, str(refusal))
        answered = super().answer(request, forward)
        if answered is None and request.path.startswith(_OURS):
            return not_implemented(request, "the shim")
        return answered

    def _start(self, request: Request, forward: Forward) -> Item:
        body = request.json()
        profile = _profile(request, body["profileName"], forward)
        source, destination = body["source"]["s3"], body["destination"]["s3"]
        job_id, now = str(uuid.uuid4()), time.time()
        key = f"{destination.get('prefix', '')}{job_id}.zip"
        _copy(request, source, destination["bucketName"], key, forward)
        made = {
            "jobId": job_id,
            "source": body["source"],
            "profileName": profile["profileName"],
            "profileVersion": profile["profileVersion"],
            "platformId": profile["platformId"],
            "platformDisplayName": profile["platformDisplayName"],
            "createdAt": now,
            "completedAt": now,
            "signatureExpiresAt": now + _GOOD_FOR_SECONDS,
            "requestedBy": f"arn:aws:iam::{ACCOUNT_ID}:root",
            "status": "Succeeded",
            "statusReason": "copied, not signed",
            "signedObject": {"s3": {"bucketName": destination["bucketName"], "key": key}},
            "jobOwner": ACCOUNT_ID,
            "jobInvoker": ACCOUNT_ID,
        }
        with self._lock:
            self._jobs[request.region, job_id] = made
        return {"jobId": job_id, "jobOwner": ACCOUNT_ID}

    def _describe(self, request: Request, body: Item) -> Item:
        if (request.region, body["jobId"]) not in self._jobs:
            raise ShimError("ResourceNotFoundException", f"no signing job {body['jobId']}", 404)
        return self._jobs[request.region, body["jobId"]]


def _profile(request: Request, name: str, forward: Forward) -> Item:
    """The profile of this name; raises ShimError unless it is active."""
    found = forward(_asked(request, "GET", f"/signing-profiles/{quote(name)}"))
    if found.status >= 300:
        raise ShimError("ResourceNotFoundException", f"no signing profile {name}", 404)
    profile = replace(request, body=found.body).json()
    if profile["status"] != "Active":
        raise ShimError("ValidationException", f"signing profile {name} is {profile['status']}")
    return profile


def _copy(request: Request, source: Mapping[str, Any], bucket: str, key: str, forward: Forward) -> None:
    path = f"/{source['bucketName']}/{quote(source['key'])}?versionId={quote(source['version'])}"
    found = forward(_asked(request, "GET", path, service="s3"))
    if found.status >= 300:
        raise ShimError("ValidationException", f"no object version s3:/{path}")
    put = forward(_asked(request, "PUT", f"/{bucket}/{quote(key)}", service="s3", body=found.body))
    if put.status >= 300:
        raise ShimError("ValidationException", f"s3://{bucket}/{key} can't be written")


def _asked(request: Request, method: str, path: str, *, service: str = "signer", body: bytes = b"") -> Request:
    """Another request by the same caller."""
    scope = request.headers.get("authorization", "").replace("/signer/aws4_request", f"/{service}/aws4_request")
    kept = {name: value for name, value in request.headers.items() if name in ("host", "x-amz-date")}
    headers = {**kept, "authorization": scope, "content-length": str(len(body))}
    return replace(request, method=method, path=path, headers=headers, service=service, body=body)
