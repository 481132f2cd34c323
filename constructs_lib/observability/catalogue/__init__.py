"""The alarms and objectives of this service, described: what is watched, when it is too much, and what that means."""

from __future__ import annotations

from constructs_lib.observability.catalogue.content import (
    QUARANTINED,
    ingestion_alarms,
    quarantine_alarm,
    search_alarms,
)
from constructs_lib.observability.catalogue.models import model_alarms, quota_alarm, spent_alarm
from constructs_lib.observability.catalogue.promises import availability_objective, first_token_objective
from constructs_lib.observability.catalogue.serving import (
    edge_alarms,
    load_balancer_alarms,
    probe_alarms,
    rollback_alarms,
    service_alarms,
)
from constructs_lib.observability.catalogue.surroundings import DAYS_LEFT, certificate_alarms, delivery_alarms

__all__ = [
    "DAYS_LEFT",
    "QUARANTINED",
    "availability_objective",
    "certificate_alarms",
    "delivery_alarms",
    "edge_alarms",
    "first_token_objective",
    "ingestion_alarms",
    "load_balancer_alarms",
    "model_alarms",
    "probe_alarms",
    "quarantine_alarm",
    "quota_alarm",
    "rollback_alarms",
    "search_alarms",
    "service_alarms",
    "spent_alarm",
]
