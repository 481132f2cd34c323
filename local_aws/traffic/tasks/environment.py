"""The environment of a container's process: the image's, then the task's, with addresses that exist here.

Nothing of the engine's own environment gets in. What the container's world gives by itself and a process lacks is
written over: each such variable stands in this file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from local_aws.endpoint import LOOPBACK
from local_aws.images import StoredImage

_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# What ministack sets for every container, for the credentials of its task.
_CREDENTIALS = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN")
# X-Ray's OTLP endpoint by the standard variable of OpenTelemetry; the host is the service's, in any region.
_TRACES = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
_XRAY_HOST = re.compile(r"xray\.[a-z0-9-]+\.amazonaws\.com")
_METADATA = "ECS_CONTAINER_METADATA_URI_V4"


@dataclass(frozen=True)
class Surroundings:
    """What stands in for a container's surroundings.

    Attributes:
        ports: container ports with the loopback ports that stand for them.
        credentials: address of the task role's credentials, empty without a role.
        gateway: address of the emulated AWS.
        certificates: file of the certificates to trust; None trusts what the interpreter trusts.
        temporary: folder that stands for the volume at /tmp.
        host_name: the container's host name.
    """

    ports: Mapping[int, int]
    credentials: str
    gateway: str
    certificates: Path | None
    temporary: Path
    host_name: str


def environment_of(image: StoredImage, task: Mapping[str, str], around: Surroundings) -> dict[str, str]:
    """Variables of a process that runs an image with the variables of a task."""
    variables = {"HOSTNAME": around.host_name, "HOME": "/", "PATH": _SYSTEM_PATH}
    for name, value in image.settings.environment:
        variables[name] = _in_tree(image, name, value)
    variables["PATH"] = f"{image.interpreter.parent}{os.pathsep}{variables['PATH']}"
    variables.update(task)
    variables.update(_addresses(variables, around))
    if around.credentials:
        variables[_CREDENTIALS[0]] = around.credentials
    else:
        for name in _CREDENTIALS:
            variables.pop(name, None)
    return variables


def sends_spans(variables: Mapping[str, str]) -> bool:
    """Whether a process with these variables is to send spans to the emulated X-Ray."""
    gateway = variables.get("AWS_ENDPOINT_URL")
    return bool(gateway) and variables.get(_TRACES, "").startswith(f"{gateway}/")


def in_tree(image: StoredImage, path: str) -> str:
    """A path of the image where it lies here; a path that the image doesn't hold stays as it is."""
    inside = image.tree / path.lstrip("/")
    return str(inside) if path.startswith("/") and path != "/" and inside.exists() else path


def _in_tree(image: StoredImage, name: str, value: str) -> str:
    """A variable of the image with its paths as they are here; PATH without folders of the base image."""
    found = [in_tree(image, each) for each in value.split(":")]
    if name != "PATH":
        return ":".join(found)
    kept = [each for each in found if each.startswith(str(image.tree)) or each in _SYSTEM_PATH.split(":")]
    return ":".join([*kept, *(each for each in _SYSTEM_PATH.split(":") if each not in kept)])


def _addresses(variables: Mapping[str, str], around: Surroundings) -> dict[str, str]:
    changes = {
        "AWS_ENDPOINT_URL": around.gateway,
        # A container has no instance metadata on Fargate; a process would look for it in the machine's network.
        "AWS_EC2_METADATA_DISABLED": "true",
        # What isn't on loopback isn't reached by libraries that go by these; the gateway answers 501 instead.
        **dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"), around.gateway),
        **dict.fromkeys(("NO_PROXY", "no_proxy"), f"{LOOPBACK},localhost"),
        # The contract's variable (docs/application-contract.md): the application would listen on all addresses.
        "SITECHAT_BIND_ADDRESS": LOOPBACK,
        "TMPDIR": str(around.temporary),
    }
    port = variables.get("PORT", "")
    if port.isdecimal() and int(port) in around.ports:
        changes["PORT"] = str(around.ports[int(port)])
    if metadata := variables.get(_METADATA):
        told = urlsplit(metadata)
        changes[_METADATA] = told._replace(netloc=f"{LOOPBACK}:{told.port}").geturl()
    traces = urlsplit(variables.get(_TRACES, ""))
    if traces.scheme == "https" and _XRAY_HOST.fullmatch(traces.netloc):
        changes[_TRACES] = around.gateway + traces.path
    if around.certificates is not None and "SSL_CERT_FILE" not in variables:
        changes["SSL_CERT_FILE"] = str(around.certificates)
    return changes
