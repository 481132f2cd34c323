"""Code signing configurations of Lambda, which ministack lacks, and the functions with one. No signature is checked."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

from local_aws.endpoint import ACCOUNT_ID
from local_aws.messages import Request, Response, error_response, json_response, not_implemented
from local_aws.shims.base import Forward, Handler, Item, Shim, ShimError, Tags

_CONFIGS = "/2020-04-22/code-signing-configs"
_TAGS = "/2017-03-31/tags/{Resource}"
_FUNCTIONS = "/2015-03-31/functions"
_OF_FUNCTION = re.compile(r"(?:GET|PUT|DELETE) /2020-06-30/functions/([^/]+)/code-signing-config")
_GONE = re.compile(rf"DELETE {_FUNCTIONS}/([^/]+)")


class CodeSigningConfigs(Shim):
    """Configurations by ARN, and the configuration of each function by region and name."""

    service = "lambda"

    def __init__(self) -> None:
        super().__init__()
        self._configs: dict[str, Item] = {}
        self._used: dict[tuple[str, str], str] = {}
        self._tags = Tags()

    def handlers(self) -> Mapping[str, Handler]:
        return {
            f"POST {_CONFIGS}": self._create,
            f"POST {_CONFIGS}/": self._create,
            f"GET {_CONFIGS}/{{config}}": lambda request, body: {"CodeSigningConfig": self._config(body["config"])},
            f"PUT {_CONFIGS}/{{config}}": self._update,
            f"DELETE {_CONFIGS}/{{config}}": self._delete,
            f"GET {_TAGS}": self._list_tags,
            f"POST {_TAGS}": self._tag,
            f"DELETE {_TAGS}": self._untag,
        }

    def answer(self, request: Request, forward: Forward) -> Response | None:
        answered = super().answer(request, forward)
        if answered is None and request.path.startswith(_CONFIGS):
            return not_implemented(request, "the shim")
        return answered or self._of_function(request, forward)

    def _of_function(self, request: Request, forward: Forward) -> Response | None:
        """The configuration of a function: ministack has the functions, and forgets what they are created with."""
        created = request.operation.rstrip("/") == f"POST {_FUNCTIONS}"
        match = _OF_FUNCTION.fullmatch(request.operation) or _GONE.fullmatch(request.operation)
        if not created and match is None:
            return None
        wanted = request.json().get("CodeSigningConfigArn")
        if wanted and wanted not in self._configs:
            return error_response(
                request, 404, "CodeSigningConfigNotFoundException", f"no code signing configuration {wanted}"
            )
        given = forward(request)
        if given.status >= 300:
            return given
        place = (request.region, match[1] if match else request.json()["FunctionName"])
        with self._lock:
            if request.method == "GET":
                return json_response({"FunctionName": place[1], "CodeSigningConfigArn": self._used.get(place, "")})
            self._used.pop(place, None)
            if wanted:
                self._used[place] = wanted
        return given

    def _create(self, request: Request, body: Item) -> Item:
        identifier = f"csc-{uuid.uuid4().hex[:17]}"
        arn = f"arn:aws:lambda:{request.region}:{ACCOUNT_ID}:code-signing-config:{identifier}"
        self._tags.create(arn, body.get("Tags", {}))
        self._configs[arn] = {
            "CodeSigningConfigId": identifier,
            "CodeSigningConfigArn": arn,
            **_settings({"CodeSigningPolicies": {"UntrustedArtifactOnDeployment": "Warn"}, **body}),
        }
        return {"CodeSigningConfig": self._configs[arn]}

    def _update(self, request: Request, body: Item) -> Item:
        found = self._config(body["config"])
        found.update(_settings(body))
        return {"CodeSigningConfig": found}

    def _delete(self, request: Request, body: Item) -> Item:
        self._config(body["config"])
        if body["config"] in self._used.values():
            raise ShimError("ResourceConflictException", f"{body['config']} is used by a function", 409)
        del self._configs[body["config"]]
        self._tags.forget(body["config"])
        return {}

    def _config(self, arn: str) -> Item:
        if arn not in self._configs:
            raise ShimError("ResourceNotFoundException", f"no code signing configuration {arn}", 404)
        return self._configs[arn]

    def _list_tags(self, request: Request, body: Item) -> Item | None:
        return {"Tags": self._tags.of(body["Resource"])} if body["Resource"] in self._configs else None

    def _tag(self, request: Request, body: Item) -> Item | None:
        if body["Resource"] not in self._configs:
            return None
        self._tags.of(body["Resource"]).update(body["Tags"])
        return {}

    def _untag(self, request: Request, body: Item) -> Item | None:
        if body["Resource"] not in self._configs:
            return None
        names = body["tagKeys"]
        for name in [names] if isinstance(names, str) else names:
            self._tags.of(body["Resource"]).pop(name, None)
        return {}


def _settings(body: Item) -> Item:
    kept: Item = {
        name: body[name] for name in ("Description", "AllowedPublishers", "CodeSigningPolicies") if name in body
    }
    return {**kept, "LastModified": datetime.now(UTC).isoformat(timespec="milliseconds")}
