"""The ceiling as a gate."""

from __future__ import annotations

from pipeline.cost.result import Estimate
from pipeline.cost.words import usd
from pipeline.errors import ExitCode, SitechatError


def hold_ceiling(estimate: Estimate) -> None:
    """Raises SitechatError (4) when the expected price is above the environment's ceiling."""
    if estimate.ceiling_exceeded:
        raise SitechatError(
            f"{estimate.env} would cost {usd(estimate.expected)} USD a month, "
            f"above its ceiling of {estimate.ceiling_usd}",
            hint=f"See what would be cheaper with `sitechat cost --env {estimate.env}`, "
            f"or raise {estimate.ceiling_setting}.",
            code=ExitCode.GATE,
        )
