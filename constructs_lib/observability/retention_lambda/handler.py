"""Entry point of the function that has spans deleted in time: it puts the retention of a log group that AWS makes.

A schedule calls it. As long as nobody has sent spans there is no group, and nothing to do. Any other refusal fails the
call: Lambda tries it again, and then the topic of failures hears of it.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

VARIABLE = "SPAN_RETENTION"


@dataclass(frozen=True)
class Kept:
    """The log group, and after how many days its events are deleted."""

    group: str
    days: int


def handle(event: object, context: object) -> dict[str, Any]:
    """Keep what the construct configured; whoever calls it adds nothing."""
    import boto3
    from botocore.config import Config

    patience = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
    return keep(Kept(**json.loads(os.environ[VARIABLE])), boto3.client("logs", config=patience))


def keep(kept: Kept, logs: Any) -> dict[str, Any]:
    """Put the retention, and say so; raises what boto3 raises unless there is no group yet."""
    try:
        logs.put_retention_policy(logGroupName=kept.group, retentionInDays=kept.days)
    except logs.exceptions.ResourceNotFoundException:
        put, why = None, "there is no such log group yet: nobody has sent spans"
    else:
        put, why = kept.days, ""
    done = {"group": kept.group, "put": put, "why": why}
    print(json.dumps({"message": "span retention", **done}))
    return done
