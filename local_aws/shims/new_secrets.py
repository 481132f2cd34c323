"""Secrets: ministack gives one that is created without a value an empty one, and nothing would be missing any more."""

from __future__ import annotations

import json
from dataclasses import replace

from local_aws.messages import Request, Response
from local_aws.shims.base import Forward, Shim


class NewSecrets(Shim):
    """Removes the label of the empty version, so that the next value is the first."""

    service = "secretsmanager"

    def answer(self, request: Request, forward: Forward) -> Response | None:
        sent = request.json() if request.operation == "CreateSecret" else {"SecretString": ""}
        if "SecretString" in sent or "SecretBinary" in sent:
            return None
        given = forward(request)
        if given.status >= 300:
            return given
        made = json.loads(given.body)
        unlabel = {"SecretId": made["ARN"], "VersionStage": "AWSCURRENT", "RemoveFromVersionId": made.pop("VersionId")}
        body = json.dumps(unlabel).encode()
        target = request.headers["x-amz-target"].replace("CreateSecret", "UpdateSecretVersionStage")
        headers = {**request.headers, "x-amz-target": target, "content-length": str(len(body))}
        done = forward(replace(request, headers=headers, body=body))
        return replace(given, body=json.dumps(made).encode()) if done.status < 300 else done
