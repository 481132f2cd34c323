"""A fake docker client that records its calls; the real one needs an engine.

Run as a program it answers as docker does. A push puts a manifest into the registry that AWS_ENDPOINT_URL leads to, and
starts the scan that AWS starts by itself. FAKE_DOCKER_FAILS names the call that fails, FAKE_DOCKER_LOSES=1 makes a push
report success and store nothing, FAKE_DOCKER_SCANS=0 leaves out the scan.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

CALLS = {("buildx", "version"): "plugin", ("buildx", "build"): "build", ("version", "--format"): "engine"}


def main(arguments: list[str]) -> None:
    token = sys.stdin.read() if "--password-stdin" in arguments else ""
    with Path(os.environ["FAKE_DOCKER_LOG"]).open("a") as log:
        log.write(json.dumps({"arguments": arguments, "stdin": token}) + "\n")
    call = CALLS.get((arguments[0], arguments[1]), arguments[0])
    if os.environ.get("FAKE_DOCKER_FAILS") == call:
        sys.exit(f"docker: {call} went wrong with {token}")
    if call == "build":
        print("building")
        if not os.environ.get("FAKE_DOCKER_LOSES"):
            _push(arguments[arguments.index("--tag") + 1])


def _push(image: str) -> None:
    import hashlib

    repository, _, tag = image.partition("/")[2].rpartition(":")
    media_type = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = json.dumps({"schemaVersion": 2, "mediaType": media_type, "config": {"digest": tag}, "layers": []})
    digest = f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
    _ecr("PutImage", repositoryName=repository, imageManifest=manifest, imageTag=tag, imageDigest=digest)
    if os.environ.get("FAKE_DOCKER_SCANS") != "0":
        _ecr("StartImageScan", repositoryName=repository, imageId={"imageTag": tag})


def _ecr(action: str, **parameters: Any) -> None:
    """Send a request to the emulated registry, unsigned: importing boto3 would take longer than all else."""
    import urllib.request

    scope = f"{os.environ['AWS_ACCESS_KEY_ID']}/20260101/us-east-1/ecr/aws4_request"
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"AmazonEC2ContainerRegistry_V20150921.{action}",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
    }
    body = json.dumps(parameters).encode()
    urllib.request.urlopen(urllib.request.Request(os.environ["AWS_ENDPOINT_URL"], body, headers)).close()


if __name__ == "__main__":
    main(sys.argv[1:])
