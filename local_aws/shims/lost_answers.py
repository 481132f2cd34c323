"""State locks: a client that lost the answer to its conditional write must not be refused for its own lock.

Under load an answer can get lost between emulator and client. The SDK repeats the write, whose condition its first try
has made false, and Terraform would wait for a lock that nobody else holds. A lock has an id of its own: where the
stored lock equals the one to be written, the write has succeeded.
"""

from __future__ import annotations

import json
from dataclasses import replace

from local_aws.messages import Request, Response, json_response
from local_aws.shims.base import Forward, Shim


class ItemLocks(Shim):
    """Terraform's lock items in DynamoDB."""

    service = "dynamodb"

    def answer(self, request: Request, forward: Forward) -> Response | None:
        """The answer to a PutItem of a lock; None for every other request."""
        item = request.json().get("Item", {}) if request.operation == "PutItem" else {}
        if "LockID" not in item:
            return None
        given = forward(request)
        if given.status != 400 or b"ConditionalCheckFailed" not in given.body:
            return given
        asked = {"TableName": request.json()["TableName"], "Key": {"LockID": item["LockID"]}, "ConsistentRead": True}
        stored = forward(_instead(request, "POST", json.dumps(asked).encode(), target="DynamoDB_20120810.GetItem"))
        found = json.loads(stored.body).get("Item") if stored.status == 200 else None
        return json_response({}) if found == item else given


def put_lock_file(request: Request, forward: Forward) -> Response | None:
    """The answer to putting a lock file that must not exist in S3; None for every other request."""
    path = request.path.partition("?")[0]
    if request.method != "PUT" or not path.endswith(".tflock") or "if-none-match" not in request.headers:
        return None
    given = forward(request)
    if given.status != 412:
        return given
    stored = forward(_instead(request, "GET", b"", path=path))
    return Response(200) if stored.status == 200 and stored.body == request.body else given


def _instead(request: Request, method: str, body: bytes, *, target: str = "", path: str = "") -> Request:
    """Another request of the same client. The emulators don't check signatures."""
    dropped = ("content-length", "if-none-match", "content-md5", "content-encoding")
    headers = {
        name: value
        for name, value in request.headers.items()
        if name not in dropped and not name.startswith(("x-amz-checksum", "x-amz-sdk-checksum", "x-amz-trailer"))
    }
    headers |= {"content-length": str(len(body))} | ({"x-amz-target": target} if target else {})
    return replace(request, method=method, path=path or request.path, headers=headers, body=body)
