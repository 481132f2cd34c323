"""Elastic Container Registry: moto forgets the bytes of layers and hands none out, and knows neither what refers to an
image nor whether it is signed. Nobody signs here, and a manifest whose layers are missing is taken all the same.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote

from local_aws.endpoint import ACCOUNT_ID
from local_aws.messages import Request, Response, error_response, json_response
from local_aws.shims.base import Forward, Handler, Item, Shim, ShimError

_TARGET = "AmazonEC2ContainerRegistry_V20150921"
_LAYERS = "/emulated-layers/"


class RegistryContents(Shim):
    """Keeps layers by repository, and reads manifests for what refers to an image. Addresses of layers are unsigned."""

    service = "ecr"

    def __init__(self) -> None:
        super().__init__()
        self._parts: dict[str, bytearray] = {}
        self._layers: dict[tuple[str, str, str], bytes] = {}

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "UploadLayerPart": self._part,
            "CompleteLayerUpload": self._complete,
            "GetDownloadUrlForLayer": self._address,
            "DeleteRepository": self._deleted,
        }

    def answer(self, request: Request, forward: Forward) -> Response | None:
        if request.method == "GET" and request.path.startswith(_LAYERS):
            return self._bytes(request)
        if request.operation == "ListImageReferrers":
            return self._referrers(request, forward)
        if request.operation == "DescribeImageSigningStatus":
            return self._signed(request, forward)
        return super().answer(request, forward)

    def _part(self, request: Request, body: Item) -> None:
        """Keep the bytes; moto checks their place and counts them."""
        kept = self._parts.setdefault(body["uploadId"], bytearray())
        if body["partFirstByte"] == len(kept):
            kept += b64decode(body["layerPartBlob"])

    def _complete(self, request: Request, body: Item) -> None:
        content = bytes(self._parts.pop(body["uploadId"], b""))
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if digest not in body["layerDigests"]:
            raise ShimError("InvalidLayerException", f"the layer that arrived is {digest}")
        self._layers[request.region, body["repositoryName"], digest] = content

    def _address(self, request: Request, body: Item) -> Item:
        repository, digest = body["repositoryName"], body["layerDigest"]
        if (request.region, repository, digest) not in self._layers:
            raise ShimError("LayersNotFoundException", f"{repository} has no layer {digest}")
        # The scope by which the gateway knows whose request this is.
        scope = quote(f"{ACCOUNT_ID}/20260101/{request.region}/ecr/aws4_request", safe="")
        path = f"{_LAYERS}{quote(repository, safe='')}/{digest}?X-Amz-Credential={scope}"
        return {"downloadUrl": f"http://{request.headers['host']}{path}", "layerDigest": digest}

    def _deleted(self, request: Request, body: Item) -> None:
        if body.get("force"):
            gone = [each for each in self._layers if each[:2] == (request.region, body["repositoryName"])]
            for each in gone:
                del self._layers[each]

    def _bytes(self, request: Request) -> Response:
        repository, _, digest = request.path.partition("?")[0].removeprefix(_LAYERS).rpartition("/")
        with self._lock:
            content = self._layers.get((request.region, unquote(repository), digest))
        if content is None:
            return Response(404, b"", {})
        return Response(200, content, {"Content-Type": "application/octet-stream"})

    def _referrers(self, request: Request, forward: Forward) -> Response:
        body = request.json()
        if set(body) - {"repositoryName", "registryId", "subjectId"}:
            return error_response(request, 501, "NotImplementedByEmulator", "referrers have no filters here")
        found = forward(_asks(request, "DescribeImages", {"repositoryName": body["repositoryName"]}))
        if found.status >= 300:
            return found
        digests = [{"imageDigest": each["imageDigest"]} for each in json.loads(found.body)["imageDetails"]]
        if not digests:
            return json_response({"referrers": []})
        wanted = {"repositoryName": body["repositoryName"], "imageIds": digests}
        told = forward(_asks(request, "BatchGetImage", wanted))
        if told.status >= 300:
            return told
        images = json.loads(told.body)["images"]
        return json_response({"referrers": list(_referring(images, body["subjectId"]["imageDigest"]))})

    def _signed(self, request: Request, forward: Forward) -> Response:
        body = request.json()
        wanted = {"repositoryName": body["repositoryName"], "imageIds": [body["imageId"]]}
        found = forward(_asks(request, "DescribeImages", wanted))
        if found.status >= 300:
            return found
        named = {"repositoryName": body["repositoryName"], "imageId": body["imageId"]}
        return json_response({**named, "signingStatuses": []})


def _asks(request: Request, operation: str, body: Mapping[str, Any]) -> Request:
    content = json.dumps(body).encode()
    headers = {
        **request.headers,
        "x-amz-target": f"{_TARGET}.{operation}",
        "content-type": "application/x-amz-json-1.1",
        "content-length": str(len(content)),
    }
    return replace(request, headers=headers, body=content)


def _referring(images: list[Item], subject: str) -> Iterator[Item]:
    for image in images:
        manifest = json.loads(image["imageManifest"])
        if manifest.get("subject", {}).get("digest") == subject:
            config = manifest.get("config", {})
            yield {
                "digest": image["imageId"]["imageDigest"],
                "mediaType": manifest.get("mediaType", ""),
                "artifactType": manifest.get("artifactType") or config.get("mediaType", ""),
                "size": len(image["imageManifest"].encode()),
                "annotations": manifest.get("annotations", {}),
                "artifactStatus": "ACTIVE",
            }
