"""Names of AWS operations, from botocore's service models."""

from __future__ import annotations

from functools import cache

from botocore.session import Session

# An event source is the host of a service; the models are filed under other names now and then.
_MODELS = {"access-analyzer": "accessanalyzer"}


@cache
def operations(source: str) -> frozenset[str]:
    """Operations of the service behind an event source such as `kms`."""
    return frozenset(Session().get_service_model(_MODELS.get(source, source)).operation_names)
