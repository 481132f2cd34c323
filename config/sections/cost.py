"""[cost]: assumed usage a month, prices that no table has, and the highest price that is accepted."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.checks import Many, StrictModel, Text
from config.sections.bedrock import ModelId

ResourceAddress = Annotated[
    str,
    Text(
        r"[a-z0-9_-]+/[A-Za-z0-9_.:-]+",
        "LAYER/ADDRESS as `sitechat cost` prints it, such as edge/aws_shield_protection.site",
    ),
]
Reason = Annotated[str, Text(r".*\S.*", "1 to 200 characters", max_length=200)]


class AcceptedPrice(StrictModel):
    """A monthly figure for what has no price here. It counts in the total; `--accept-unpriced` accepts it."""

    address: ResourceAddress = Field(description="What has no price: LAYER/ADDRESS.")
    monthly_usd: float = Field(
        ge=0, le=1_000_000, allow_inf_nan=False, description="What it costs a month, as its bill or maker says."
    )
    reason: Reason = Field(description="Where the figure comes from.")


class ModelPrice(StrictModel):
    """Prices of a model, for one that has none here, or where a contract says otherwise."""

    model_id: ModelId = Field(description="The model or inference profile, as in [bedrock].")
    input_usd_per_million: float = Field(
        ge=0, le=100_000, allow_inf_nan=False, description="A million tokens that it reads, or embeds."
    )
    output_usd_per_million: float | None = Field(
        default=None,
        ge=0,
        le=100_000,
        allow_inf_nan=False,
        description="A million tokens that it writes; a model that embeds writes none.",
    )
    cached_usd_per_million: float | None = Field(
        default=None,
        ge=0,
        le=100_000,
        allow_inf_nan=False,
        description="A million tokens that it reads from its cache.",
    )


class CostSection(StrictModel):
    """Assumed usage a month, for the price that `sitechat cost` works out; in AWS the metric Cost alone goes by it."""

    ceiling_usd: int | None = Field(
        default=None,
        ge=0,
        le=1_000_000,
        description="Most the expected price may be, above which the gate fails; the budget when unset, 0 for any.",
    )
    chats_per_month: int = Field(
        default=1_000,
        ge=0,
        le=1_000_000_000,
        description="Questions that reach the model. What is unset below follows them.",
    )
    requests_per_month: int | None = Field(
        default=None,
        ge=0,
        le=10_000_000_000,
        description="Requests CloudFront answers, of every kind; questions are some of them.",
    )
    input_tokens_per_chat: int = Field(
        default=2_500, ge=1, le=1_000_000, description="Tokens the model reads for one answer, passages included."
    )
    output_tokens_per_chat: int = Field(
        default=300, ge=1, le=100_000, description="Tokens the model writes for one answer."
    )
    cached_tokens_percent: int = Field(
        default=0,
        ge=0,
        le=100,
        description="Tokens of these that the model reads from its cache; the application uses none.",
    )
    embedded_tokens_per_month: int | None = Field(
        default=None,
        ge=0,
        le=1_000_000_000_000,
        description="Tokens that are embedded: passages of new and changed pages, and questions.",
    )
    ingested_pages_per_month: int = Field(
        default=2_000, ge=0, le=100_000_000, description="Pages that runs of ingestion fetch, changed or not."
    )
    changed_pages_per_month: int = Field(
        default=200, ge=0, le=100_000_000, description="Pages of these that are new or changed, and embedded."
    )
    transfer_out_gb: int | None = Field(default=None, ge=0, le=10_000_000, description="Data sent to visitors.")
    aws_traffic_gb: int | None = Field(
        default=None,
        ge=0,
        le=10_000_000,
        description="Data between tasks and AWS: a NAT gateway or endpoint charges it.",
    )
    app_log_mib: int | None = Field(default=None, ge=0, le=1_000_000_000, description="Log volume of the application.")
    flow_log_mib: int | None = Field(
        default=None, ge=0, le=1_000_000_000, description="Log volume of the VPC flow logs."
    )
    account_events: int = Field(
        default=200_000, ge=0, le=10_000_000_000, description="CloudTrail events of the account, which guards read."
    )
    image_mib: int = Field(default=250, ge=1, le=100_000, description="Size of one image in the registry.")
    # The scaling policies decide when tasks start; this is their share of the month.
    busy_percent: int | None = Field(
        default=None, ge=0, le=100, description="Share of the month with max_tasks running; else min_tasks run."
    )
    low_percent: int = Field(default=30, ge=0, le=100, description="Usage of the low figure, of the expected one.")
    high_percent: int = Field(
        default=300, ge=100, le=10_000, description="Usage of the high figure, of the expected one."
    )
    accepted: Many[AcceptedPrice] = Field(
        default=(), max_length=50, description="Monthly figures for what has no price here."
    )
    model_prices: Many[ModelPrice] = Field(
        default=(), max_length=20, description="Prices of models, before the table's."
    )
