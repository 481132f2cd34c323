"""Pricers, one module per family of services; each maps resource types to the function that prices them."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.cost.context import Pricer
from pipeline.cost.pricers import audit, compute, edge, keys, models, network, observability, search, storage

PRICERS: Mapping[str, Pricer] = {
    **audit.PRICERS,
    **compute.PRICERS,
    **edge.PRICERS,
    **keys.PRICERS,
    **models.PRICERS,
    **network.PRICERS,
    **observability.PRICERS,
    **search.PRICERS,
    **storage.PRICERS,
}
