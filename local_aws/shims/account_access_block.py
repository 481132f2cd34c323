"""S3's public access block of the whole account, an S3 Control operation that both emulators lack or can't be sent."""

from __future__ import annotations

from dataclasses import replace

from local_aws.messages import Request, Response, error_response
from local_aws.shims.base import Forward, Shim

_PATH = "/v20180820/configuration/publicAccessBlock"


class AccountAccessBlock(Shim):
    """Returns the settings as stored; buckets are not held to them."""

    service = "s3"

    def __init__(self) -> None:
        super().__init__()
        self._configuration = b""

    def answer(self, request: Request, forward: Forward) -> Response | None:
        if request.path.partition("?")[0] != _PATH:
            return None
        if request.method == "PUT":
            self._configuration = request.body
            return Response(201)
        if request.method == "DELETE":
            self._configuration = b""
            return Response(204)
        if not self._configuration:
            control = replace(request, service="s3-control")  # signed as s3, but its errors have another form
            return error_response(
                control, 404, "NoSuchPublicAccessBlockConfiguration", "the account has no public access block"
            )
        return Response(200, self._configuration, {"Content-Type": "application/xml"})
