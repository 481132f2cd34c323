"""What is used a month, as assumed: what the environment's file leaves unset follows the questions."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from config.rules.ingestion import PASSAGES_PER_PAGE
from passages.splitting import MOST_CHARS
from pipeline.cost.model import HOURS

if TYPE_CHECKING:
    from config import Environment

# A visitor loads a page with its files and asks a question or two; robots and checks of health are in it.
REQUESTS_PER_CHAT = 30
KIB_PER_RESPONSE = 100
# What a task and AWS exchange for a question, beside its share of the images that tasks pull.
AWS_TRAFFIC_MIB_PER_CHAT = 1
# Logs that are written without any question, and what one adds.
APP_LOG_BASE_MIB, APP_LOG_KIB_PER_CHAT = 50, 100
FLOW_LOG_BASE_MIB, FLOW_LOG_KIB_PER_CHAT = 250, 90
# Spans of a question that has a trace: its own, of the embedding, the search, the guardrail and the model.
SPANS_PER_CHAT, KIB_PER_SPAN = 6, 1
# A question keeps the service at its most tasks for so long, as scaling in waits for minutes that others share.
BUSY_SECONDS_PER_CHAT = 13
# English text has about four characters a token. A passage is embedded with its page's title.
CHARACTERS_PER_TOKEN = 4
TOKENS_PER_QUESTION, TOKENS_PER_PASSAGE = 50, MOST_CHARS // CHARACTERS_PER_TOKEN + 20
# Uses of a customer key: for a question the guardrail, the search and the session; for a page its objects and its entry
# in the ledger; for a log group one data key an hour.
KEY_USES_PER_CHAT, KEY_USES_PER_PAGE, KEY_USES_PER_LOG_GROUP = 4, 6, HOURS
# Requests to S3 for a page of a run: it is fetched, kept, read for its passages and listed.
S3_REQUESTS_PER_PAGE = 6
# A writer of access logs or of a trail leaves a file every five minutes.
FILES_PER_WRITER = 12 * HOURS
KIB_PER_GB = 1024 * 1024
# Changes that AWS Config records, in an account with one environment and a deployment a day.
CONFIGURATION_ITEMS = 500
# Events about findings of images and functions, and steps of the machine that tells of each finding once.
FINDING_EVENTS, TRANSITIONS_PER_EVENT = 200, 3


@dataclass(frozen=True)
class Usage:
    """Expected quantities a month of one environment."""

    requests: Decimal
    transfer_out_gb: Decimal
    aws_traffic_gb: Decimal
    app_log_mib: Decimal
    flow_log_mib: Decimal
    busy_percent: Decimal
    embedded_tokens: Decimal


def questions(env: Environment) -> int:
    """Questions a month, of visitors and of the probe: what each of them costs follows these."""
    return env.cost.chats_per_month + probes(env)


def assumed_usage(env: Environment) -> Usage:
    """Usage as `[cost]` of the environment states it, and derived from its questions and pages where it doesn't."""
    cost = env.cost
    chats = Decimal(questions(env))
    # The probe loads no page: its question is one request.
    loaded = Decimal(cost.chats_per_month * REQUESTS_PER_CHAT + probes(env))
    requests = max(chats, _stated(cost.requests_per_month, loaded))
    return Usage(
        requests=requests,
        transfer_out_gb=_stated(cost.transfer_out_gb, requests * KIB_PER_RESPONSE / KIB_PER_GB),
        aws_traffic_gb=_stated(cost.aws_traffic_gb, chats * AWS_TRAFFIC_MIB_PER_CHAT / 1024),
        app_log_mib=_stated(cost.app_log_mib, APP_LOG_BASE_MIB + chats * APP_LOG_KIB_PER_CHAT / 1024),
        flow_log_mib=_stated(cost.flow_log_mib, FLOW_LOG_BASE_MIB + chats * FLOW_LOG_KIB_PER_CHAT / 1024),
        busy_percent=_stated(cost.busy_percent, min(Decimal(100), chats * BUSY_SECONDS_PER_CHAT / (HOURS * 36))),
        embedded_tokens=_stated(
            cost.embedded_tokens_per_month,
            chats * TOKENS_PER_QUESTION + cost.changed_pages_per_month * PASSAGES_PER_PAGE * TOKENS_PER_PASSAGE,
        ),
    )


def traced_questions(env: Environment) -> Decimal:
    """Questions a month that have a trace; none without tracing."""
    if not env.traces:
        return Decimal(0)
    return questions(env) * Decimal(str(env.monitoring.traced_percent)) / 100


def span_gb(env: Environment) -> Decimal:
    """Spans of traced questions a month, in GB."""
    return traced_questions(env) * SPANS_PER_CHAT * KIB_PER_SPAN / KIB_PER_GB


def _stated(stated: int | None, derived: Decimal) -> Decimal:
    return derived if stated is None else Decimal(stated)


def probes(env: Environment) -> int:
    """Questions that the probe of an environment asks in a month; a parked site is asked none."""
    minutes = env.monitoring.probe_minutes
    return HOURS * 60 // minutes if minutes and not env.service.parked else 0
