"""[provider]: how Terraform's AWS provider talks to AWS."""

from __future__ import annotations

from pydantic import Field

from config.checks import StrictModel


class ProviderSection(StrictModel):
    """Settings of the AWS provider."""

    s3_path_style: bool = Field(
        default=False, description="Address buckets by path instead of host name; emulators need it."
    )
    max_retries: int = Field(default=25, ge=1, le=100, description="How often the provider repeats a failed request.")
