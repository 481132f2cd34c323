"""Read the provider's own log: which resource type asked which operation, while planning or while applying.

Terraform writes such a log with TF_LOG=JSON, TF_LOG_CORE=OFF and TF_LOG_PROVIDER=DEBUG.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policies.rights.asked import PROVIDER, Part

# The one call of the plugin protocol that changes anything.
_CHANGES = "ApplyResourceChange"
# Terraform's S3 backend logs its requests to the same file.
_BACKEND = "backend"


@dataclass(frozen=True, order=True)
class Call:
    """One operation of one resource type (`data.` before a data source), in a change or only to read.

    `part` is what was deployed: the layers of an environment, or what bootstrap builds.
    `service` is what the SDK calls the service, such as "Elastic Load Balancing v2".
    """

    part: Part
    kind: str
    changes: bool
    service: str
    operation: str


def read_calls(lines: Iterable[str], part: Part) -> Iterator[Call]:
    """The calls in a log's lines; lines of another form say nothing about calls and are passed over."""
    for line in lines:
        if '"rpc.method"' not in line:
            continue
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if "rpc.service" in entry and not str(entry.get("@module", "")).startswith(_BACKEND):
            yield Call(part, _kind(entry), entry.get("tf_rpc") == _CHANGES, entry["rpc.service"], entry["rpc.method"])


def _kind(entry: dict[str, str]) -> str:
    if name := entry.get("tf_data_source_type"):
        return f"data.{name}"
    return entry.get("tf_resource_type") or PROVIDER
