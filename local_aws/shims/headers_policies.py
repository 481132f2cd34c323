"""CloudFront response headers policies: ministack answers with empty parts that were never set, AWS leaves them out."""

from __future__ import annotations

import re
from dataclasses import replace

from local_aws.messages import Request, Response
from local_aws.shims.base import Forward, Shim

_EMPTY = re.compile(rb"<(\w+HeadersConfig)>\s*<Quantity>0</Quantity>\s*(<Items\s*/>|<Items>\s*</Items>)?\s*</\1>")


class HeadersPolicies(Shim):
    """Removes the empty parts: every plan would remove blocks that nobody wrote."""

    service = "cloudfront"

    def answer(self, request: Request, forward: Forward) -> Response | None:
        if not request.operation.startswith("GET /2020-05-31/response-headers-policy/"):
            return None
        given = forward(request)
        return replace(given, body=_EMPTY.sub(b"", given.body))
