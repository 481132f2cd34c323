"""[state]: the remote state of Terraform."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from config.checks import StrictModel


class StateSection(StrictModel):
    """Locking and history of the remote state."""

    lock: Literal["both", "s3", "dynamodb"] = Field(
        default="both", description="Holder of the state lock: a lock file in S3, a DynamoDB table, or both."
    )
    noncurrent_days: int = Field(default=90, ge=1, le=3650, description="How long old versions of a state are kept.")
