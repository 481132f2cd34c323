"""Price of the state backend, which `sitechat bootstrap` builds beside an environment's layers."""

from __future__ import annotations

from decimal import Decimal

from pipeline.cost.model import CENT
from pipeline.cost.table import NoPriceError, PriceTable

# A few plans and applies a day: versions of states and bundles, their objects, and locks taken and given back.
STATE_GB, STATE_PUTS, STATE_KEY_USES, LOCK_WRITES = Decimal("0.1"), 2_000, 5_000, 2_000


def price_of_state(prices: PriceTable) -> Decimal | None:
    """Price a month in USD of bucket, lock table and key, before free tiers; None where the table lacks a price."""
    try:
        return (
            prices.price("kms.key").usd
            + prices.price("kms.requests").usd * STATE_KEY_USES / 10_000
            + prices.price("s3.storage").usd * STATE_GB
            + prices.price("s3.put").usd * STATE_PUTS / 1_000
            + prices.price("dynamodb.write").usd * LOCK_WRITES / 1_000_000
        ).quantize(CENT)
    except NoPriceError:
        return None
