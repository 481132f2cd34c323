"""Application inference profiles: ministack finds none by ARN, and takes what one is a copy of for its model.

It also invents an empty description.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from local_aws.messages import Request, Response
from local_aws.profile_regions import ends_of
from local_aws.shims.asking import Asking
from local_aws.shims.base import Forward, Shim

_PATH = "/inference-profiles"
_ARN = re.compile(r"arn:[\w-]+:bedrock:[\w-]+:\d+:(?:application-)?inference-profile/(?P<id>[\w.:-]+)")


class ApplicationProfiles(Shim):
    """Asks for profiles by their ids, and answers with the models of AWS's profile that one is a copy of."""

    service = "bedrock"

    def answer(self, request: Request, forward: Forward) -> Response | None:
        path, mark, query = request.path.partition("?")
        if path != _PATH and not path.startswith(f"{_PATH}/"):
            return None
        if named := _ARN.fullmatch(unquote(path.removeprefix(f"{_PATH}/"))):
            request = replace(request, path=f"{_PATH}/{named['id']}{mark}{query}")
        given = forward(request)
        if request.method != "GET" or given.status >= 300:
            return given
        body = json.loads(given.body)
        asking = Asking(request, forward)
        listed = body.get("inferenceProfileSummaries")
        told = (
            _copied(asking, body)
            if listed is None
            else {**body, "inferenceProfileSummaries": [_copied(asking, each) for each in listed]}
        )
        return replace(given, body=json.dumps(told).encode())


def _copied(asking: Asking, profile: Mapping[str, Any]) -> dict[str, Any]:
    """The profile with models in place of another profile, which ministack names as its model."""
    told = {name: value for name, value in profile.items() if (name, value) != ("description", "")}
    source = _ARN.fullmatch(profile["models"][0]["modelArn"])
    if source is None:
        return told
    found = json.loads(asking.get("bedrock", f"{_PATH}/{source['id']}").body)
    named = tuple(each["modelArn"] for each in found.get("models", []))
    return {**told, "models": [{"modelArn": each} for each in ends_of(source["id"], named)]}
