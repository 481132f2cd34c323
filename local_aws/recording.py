"""Recording of a run: which client asked which operation of AWS, each once, in a file of the run's folder.

Bodies are not kept. Of a body only the names in `NAMES` are, and of a body that is not held none.
"""

from __future__ import annotations

import json
import os
import re
import threading
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from local_aws.messages import Request

# `provider` is Terraform's AWS provider, `backend` its S3 backend, `boto3` the commands and functions that run here.
Client = Literal["provider", "backend", "boto3", "other"]
# Fields of a request, in lower case, that name the resource it is about. No field here holds a secret's value.
NAMES = frozenset(
    {
        "alarmname",
        "aliasname",
        "analyzername",
        "awsservicename",
        "cluster",
        "clustername",
        "functionname",
        "keyid",
        "loadbalancerarn",
        "logdestinationarn",
        "loggroupname",
        "name",
        "permissionsboundary",
        "policyarn",
        "repositoryname",
        "resourcearn",
        "rolename",
        "rule",
        "secretid",
        "servicename",
        "tablename",
        "targetgrouparn",
        "topicarn",
    }
)
_SIGNATURE = "X-Amz-"
_STEP = re.compile(r"\bstep/(\S+)")


@dataclass(frozen=True, order=True)
class Asked:
    """One kind of request: `operation` is its name, or method, path and query where the protocol has no name.

    `step` is "SUBCOMMAND/FOLDER" where whoever started Terraform put "step/SUBCOMMAND/FOLDER" into
    TF_APPEND_USER_AGENT.
    """

    client: Client
    step: str
    service: str
    region: str
    operation: str
    names: tuple[tuple[str, str], ...] = field(default=())


class Recording:
    """Requests of a run in `file`, written as they come, each once. Without a file nothing is kept."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._seen: set[Asked] = set()
        self._lock = threading.Lock()
        if file is not None:
            file.write_text("", encoding="utf-8")
            os.chmod(file, 0o600)

    def note(self, request: Request) -> None:
        """Keep a request unless the same one is kept already."""
        if self._file is None:
            return
        asked = asked_by(request)
        with self._lock:
            if asked not in self._seen:
                self._seen.add(asked)
                with self._file.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(asdict(asked)) + "\n")

    def sort(self) -> None:
        """Leave the file sorted."""
        if self._file is not None:
            with self._lock:
                self._file.write_text(
                    "".join(json.dumps(asdict(each)) + "\n" for each in sorted(self._seen)), encoding="utf-8"
                )


def read_recording(file: Path) -> tuple[Asked, ...]:
    """The requests in a run's file, sorted."""
    lines = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    found = (Asked(**{**line, "names": tuple((key, value) for key, value in line["names"])}) for line in lines)
    return tuple(sorted(found))


def asked_by(request: Request) -> Asked:
    """Client, operation and names of a request."""
    agent = request.headers.get("user-agent", "")
    step = _STEP.search(agent)
    return Asked(
        _client(agent), step[1] if step else "", request.service, request.region, _operation(request), _names(request)
    )


def _client(user_agent: str) -> Client:
    if "terraform-provider-aws" in user_agent:
        return "provider"
    if "HashiCorp" in user_agent:
        return "backend"
    return "boto3" if "Boto3" in user_agent else "other"


def _operation(request: Request) -> str:
    if "x-amz-target" in request.headers or _is_form(request):
        return request.operation
    parts = urlsplit(request.path)
    kept = [
        (key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if not key.startswith(_SIGNATURE)
    ]
    return f"{request.method} {parts.path}" + (f"?{urlencode(sorted(kept))}" if kept else "")


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")


def _names(request: Request) -> tuple[tuple[str, str], ...]:
    if _is_form(request):
        fields: list[tuple[str, object]] = list(parse_qsl(request.body.decode("utf-8", "replace")))
    else:
        try:
            fields = list(request.json().items())
        except ValueError:
            return ()
    return tuple(sorted((key, value) for key, value in fields if key.lower() in NAMES and isinstance(value, str)))
