"""Quotas of Bedrock's models in Service Quotas: their names, and the shares of them at which alarms ring.

A quota's value is nowhere here: a function reads it where it is applied, and keeps the thresholds of alarms true.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("model_quotas.toml")
# Service code, as in ListServiceQuotas.
SERVICE = "bedrock"
# Percent of the quota at which an alarm rings, each with an alarm of its own.
SHARES = (50, 100)
# Kinds of models in the ids and names of their alarms: the one that answers, and the one that embeds.
ANSWERS, EMBEDS = "tokens", "embedded"
# What a quota's name begins with, by how a request reaches the model.
_HERE, _GEOGRAPHY, _ANYWHERE = "On-demand", "Cross-region", "Global cross-region"


@dataclass(frozen=True)
class WatchedQuota:
    """A model's tokens per minute: the kind of model, its id, the quota's name, and its alarms by the percent of it."""

    kind: str
    model_id: str
    name: str
    alarms: Mapping[str, int]


@cache
def quota_names() -> Mapping[str, str]:
    """Names of models in Service Quotas by model id, without the prefix of a profile."""
    models: Mapping[str, str] = tomllib.loads(FILE.read_text(encoding="utf-8"))["models"]
    return models


def tokens_quota(model_id: str, profile: str | None) -> str:
    """Name of the quota of a model's tokens per minute; empty where it isn't known.

    `profile` is the prefix of an inference profile, which has a quota of its own.
    """
    name = quota_names().get(model_id.removeprefix(f"{profile}.") if profile else model_id, "")
    reached = _HERE if profile is None else _ANYWHERE if profile == "global" else _GEOGRAPHY
    return f"{reached} model inference tokens per minute for {name}" if name else ""
