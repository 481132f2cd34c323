"""[cost]: assumed usage a month, and the highest price that is accepted."""

from __future__ import annotations

from pydantic import Field

from config.checks import StrictModel


class CostSection(StrictModel):
    """Assumed usage a month, for the price that `sitechat cost` works out; it changes nothing in AWS."""

    ceiling_usd: int | None = Field(
        default=None,
        ge=0,
        le=1_000_000,
        description="Most the expected price may be, above which the gate fails; the budget when unset, 0 for any.",
    )
    requests_per_month: int = Field(
        default=30_000, ge=0, le=10_000_000_000, description="Requests CloudFront answers, of every kind."
    )
    chats_per_month: int = Field(
        default=1_000, ge=0, le=1_000_000_000, description="Questions that reach the model; they are requests too."
    )
    input_tokens_per_chat: int = Field(
        default=2_500, ge=1, le=1_000_000, description="Tokens the model reads for one answer, passages included."
    )
    output_tokens_per_chat: int = Field(
        default=300, ge=1, le=100_000, description="Tokens the model writes for one answer."
    )
    embedded_tokens_per_month: int = Field(
        default=1_000_000, ge=0, le=1_000_000_000_000, description="Tokens that are embedded: pages and questions."
    )
    ingested_pages_per_month: int = Field(
        default=2_000, ge=0, le=100_000_000, description="Pages that runs of ingestion fetch, changed or not."
    )
    changed_pages_per_month: int = Field(
        default=200, ge=0, le=100_000_000, description="Pages of these that are new or changed, and embedded."
    )
    transfer_out_gb: int = Field(default=5, ge=0, le=10_000_000, description="Data sent to visitors.")
    aws_traffic_gb: int = Field(
        default=5, ge=0, le=10_000_000, description="Data between tasks and AWS: a NAT gateway or endpoint charges it."
    )
    app_log_mib: int = Field(default=200, ge=0, le=1_000_000_000, description="Log volume of the application.")
    flow_log_mib: int = Field(default=300, ge=0, le=1_000_000_000, description="Log volume of the VPC flow logs.")
    account_events: int = Field(
        default=200_000, ge=0, le=10_000_000_000, description="CloudTrail events of the account, which guards read."
    )
    image_mib: int = Field(default=250, ge=1, le=100_000, description="Size of one image in the registry.")
    # The scaling policies decide when tasks start; this is their share of the month.
    busy_percent: int = Field(
        default=5, ge=0, le=100, description="Share of the month with max_tasks running; else min_tasks run."
    )
    low_percent: int = Field(default=30, ge=0, le=100, description="Usage of the low figure, of the expected one.")
    high_percent: int = Field(
        default=300, ge=100, le=10_000, description="Usage of the high figure, of the expected one."
    )
