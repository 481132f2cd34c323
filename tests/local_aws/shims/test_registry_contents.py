"""Layers of the emulated registry, what refers to an image, and what nobody signs."""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.exceptions import ClientError

from local_aws import Endpoint
from pipeline.aws.client import NEWER

NAME = "shims/contents"
LAYER = b"a layer" * 1000
DIGEST = f"sha256:{hashlib.sha256(LAYER).hexdigest()}"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@pytest.fixture
def ecr(endpoint: Endpoint) -> Any:
    core = botocore.session.Session()
    core.get_component("data_loader").search_paths.append(str(NEWER))
    client = boto3.Session(botocore_session=core).client(
        "ecr",
        endpoint_url=endpoint.url,
        region_name="us-east-1",
        aws_access_key_id=endpoint.account_id,
        aws_secret_access_key="emulated",
    )
    client.create_repository(repositoryName=NAME)
    yield client
    client.delete_repository(repositoryName=NAME, force=True)


def refusal(call: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return str(refused.value.response["Error"]["Code"])


def upload(ecr: Any, digest: str, *parts: bytes) -> None:
    begun = ecr.initiate_layer_upload(repositoryName=NAME)
    first = 0
    for part in parts:
        place = {"partFirstByte": first, "partLastByte": first + len(part) - 1}
        ecr.upload_layer_part(repositoryName=NAME, uploadId=begun["uploadId"], layerPartBlob=part, **place)
        first += len(part)
    ecr.complete_layer_upload(repositoryName=NAME, uploadId=begun["uploadId"], layerDigests=[digest])


def test_a_layer_comes_back_as_it_was_uploaded(ecr: Any) -> None:
    assert refusal(ecr.get_download_url_for_layer, repositoryName=NAME, layerDigest=DIGEST) == "LayersNotFoundException"
    upload(ecr, DIGEST, LAYER[:3000], LAYER[3000:])
    address = ecr.get_download_url_for_layer(repositoryName=NAME, layerDigest=DIGEST)["downloadUrl"]
    with urllib.request.urlopen(address) as answer:
        assert answer.read() == LAYER
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(address.replace(DIGEST, f"sha256:{'0' * 64}"))


def test_a_layer_of_another_digest_is_refused(ecr: Any) -> None:
    with pytest.raises(ClientError, match="InvalidLayerException"):
        upload(ecr, f"sha256:{'0' * 64}", LAYER)


def image(ecr: Any, **content: Any) -> str:
    config = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": f"sha256:{'1' * 64}", "size": 2}
    text = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [], **content})
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    ecr.put_image(repositoryName=NAME, imageManifest=text, imageManifestMediaType=MANIFEST, imageDigest=digest)
    return digest


def test_what_refers_to_an_image_is_found_by_its_subject(ecr: Any) -> None:
    subject = image(ecr)
    asked = {"repositoryName": NAME, "subjectId": {"imageDigest": subject}}
    assert ecr.list_image_referrers(**asked)["referrers"] == []
    named = {"mediaType": MANIFEST, "digest": subject, "size": 1}
    artifact = image(ecr, subject=named, artifactType="application/vnd.cyclonedx+json", annotations={"a": "b"})
    (found,) = ecr.list_image_referrers(**asked)["referrers"]
    assert (found["digest"], found["artifactType"]) == (artifact, "application/vnd.cyclonedx+json")
    assert found["annotations"] == {"a": "b"}
    assert refusal(ecr.list_image_referrers, **asked, maxResults=50) == "NotImplementedByEmulator"


def test_nobody_signs(ecr: Any) -> None:
    digest = image(ecr)
    asked = {"repositoryName": NAME, "imageId": {"imageDigest": digest}}
    assert ecr.describe_image_signing_status(**asked)["signingStatuses"] == []
    gone = {"repositoryName": NAME, "imageId": {"imageDigest": f"sha256:{'0' * 64}"}}
    assert refusal(ecr.describe_image_signing_status, **gone) == "ImageNotFoundException"
