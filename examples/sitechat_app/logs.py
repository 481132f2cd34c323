"""Logs as one JSON object a line on standard output, without any text that a visitor wrote."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

from opentelemetry import trace

from .metrics import metrics_log

log = logging.getLogger("sitechat_app")


class JsonFormatter(logging.Formatter):
    """Formats a record and its `fields`; of an exception only type and frames, because messages may quote input.

    Within a traced question a line has the id of its trace.
    """

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry.update(getattr(record, "fields", {}))
        if (context := trace.get_current_span().get_span_context()).is_valid:
            entry["trace_id"] = trace.format_trace_id(context.trace_id)
        if record.exc_info and record.exc_info[0]:
            entry["exception"] = record.exc_info[0].__name__
            entry["frames"] = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(record.exc_info[2])]
        return json.dumps(entry, ensure_ascii=False, default=str)


def configure_logging(level: str) -> None:
    """Send all logging to standard output as JSON.

    Libraries stay at WARNING whatever `level` is: botocore and opensearch-py write request bodies, and so the
    visitor's question, at DEBUG.
    """
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    log.setLevel(level)
    metrics_log.setLevel(logging.INFO)
    logging.getLogger("uvicorn").setLevel(logging.INFO)


def log_event(level: int, message: str, **fields: object) -> None:
    """Log `message` with `fields` as keys of their own."""
    log.log(level, message, extra={"fields": fields})
