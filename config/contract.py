"""The environment variables of the application contract: who sets each, and what it may hold.

The one table of their limits. The configuration refuses what the application would refuse at its start, and
docs/application-contract.md shows the table (`python -m config.reference`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from config.checks import Text, ValueCheck

PREFIX = "SITECHAT_"
# infrastructure: the task definition; secret: secrets.names; environment: service.environment; local: local mode alone.
SetBy = Literal["infrastructure", "secret", "environment", "local"]


@dataclass(frozen=True)
class Decimal(ValueCheck):
    """A plain decimal number in a range, both ends included: no sign, no exponent, nine digits and six decimals."""

    low: float
    high: float

    @property
    def accepted(self) -> str:  # type: ignore[override]  # a property here, an attribute elsewhere
        return f"a number from {self.low:g} to {self.high:g}"

    def allows(self, value: Any) -> bool:
        return bool(re.fullmatch(r"\d{1,9}(?:\.\d{1,6})?", value, re.ASCII)) and self.low <= float(value) <= self.high


@dataclass(frozen=True)
class Choice(ValueCheck):
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def accepted(self) -> str:  # type: ignore[override]  # a property here, an attribute elsewhere
        return "one of " + ", ".join(self.words)

    def allows(self, value: Any) -> bool:
        return value in self.words


@dataclass(frozen=True)
class Title(ValueCheck):
    """Printable text of 1 to `longest` characters."""

    longest: int

    @property
    def accepted(self) -> str:  # type: ignore[override]  # a property here, an attribute elsewhere
        return f"1 to {self.longest} printable characters"

    def allows(self, value: Any) -> bool:
        return 0 < len(value) <= self.longest and value.isprintable()


@dataclass(frozen=True)
class Variable:
    """One variable: what the document says of it, and the form of its value where the configuration can give it."""

    name: str
    meaning: str
    default: str
    set_by: SetBy = "infrastructure"
    form: ValueCheck | None = None


KEEPALIVE = Decimal(0.05, 25)
KEEPALIVE_DEFAULT_SECONDS = 10.0
STOP_TIMEOUT_SECONDS = Decimal(2, 120)  # ContainerDefinition.stopTimeout ends at 120 seconds on Fargate
STOP_GRACE = Decimal(0, STOP_TIMEOUT_SECONDS.high / 2)
IDLE_TIMEOUT_SECONDS = Decimal(1, 4000)  # attribute idle_timeout.timeout_seconds of a load balancer
SESSION_KEY_MIN_CHARS = 32

_REQUIRED, _NO_GUARDRAIL, _NO_SEARCH = "required", "no guardrail", "no search"
_SITE_NAME, _LEVELS = Title(100), Choice(("DEBUG", "INFO", "WARNING", "ERROR"))
# A task's own address isn't known before it runs; on loopback the load balancer wouldn't reach it.
_ADDRESSES = Choice(("0.0.0.0", "::"))

VARIABLES: tuple[Variable, ...] = (
    Variable("PORT", "port to listen on; 0 lets the system choose", "8080", form=Decimal(0, 65535)),
    Variable(
        "SITECHAT_TLS",
        "`on`: speak TLS on `PORT`, with any certificate; `off`: HTTP",
        "`off`",
        form=Choice(("on", "off")),
    ),
    Variable("AWS_REGION", "region of the task, of Bedrock and of OpenSearch", _REQUIRED),
    Variable("SITECHAT_MODEL_ID", "Bedrock model or inference profile, id or ARN", _REQUIRED),
    Variable("SITECHAT_EMBEDDING_MODEL_ID", "Titan Text Embeddings V2", _REQUIRED),
    Variable("SITECHAT_GUARDRAIL_ID", "guardrail id or ARN", _NO_GUARDRAIL),
    Variable("SITECHAT_GUARDRAIL_VERSION", "published version, a number; `DRAFT` is refused", _NO_GUARDRAIL),
    Variable("SITECHAT_SEARCH_ENDPOINT", "`https://vpc-...`, nothing after the host", _NO_SEARCH),
    Variable("SITECHAT_SEARCH_INDEX", "index name", _NO_SEARCH),
    Variable(
        "SITECHAT_SOURCE_HOSTS",
        "hosts whose pages may be sources, lower-case, without ports, separated by commas",
        "any host",
    ),
    Variable(
        "SITECHAT_PAUSED_OBJECT",
        "ARN of an object in S3: while it exists, no model is called",
        "never paused",
    ),
    Variable(
        "SITECHAT_METRICS_NAMESPACE",
        "namespace in CloudWatch of the metrics that the application writes into its log",
        "no metrics",
    ),
    Variable(
        "SITECHAT_MODEL_PRICES",
        "USD a million tokens that the model reads, writes, and reads from its cache: `0.06/0.24/0.015`",
        "no metric of cost",
    ),
    Variable(
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "address that spans of questions are sent to by OTLP over HTTP: `https://xray.REGION.amazonaws.com/v1/traces`, "
        "signed for `xray` with the task role, or that of a collector in the task",
        "no spans",
    ),
    Variable("OTEL_SERVICE_NAME", "name that spans have their service by", "`sitechat`"),
    Variable(
        "OTEL_TRACES_SAMPLER",
        "which questions have spans: `traceidratio`, a share by the trace's id; `xray`, by X-Ray's sampling rules",
        "`traceidratio`",
        form=Choice(("traceidratio", "xray")),
    ),
    Variable(
        "OTEL_TRACES_SAMPLER_ARG",
        "the share, 0.0001 to 1; with `xray`, where a collector hands on the rules: `endpoint=http://127.0.0.1:2000`",
        "1, or port 2000",
    ),
    Variable(
        "SITECHAT_SESSION_KEY",
        f"from Secrets Manager, through the task definition's `secrets`; {SESSION_KEY_MIN_CHARS} characters or more",
        _REQUIRED,
        "secret",
        Text(r"(?s).*", f"{SESSION_KEY_MIN_CHARS} characters or more", 65536, SESSION_KEY_MIN_CHARS),
    ),
    Variable(
        "SITECHAT_SITE_NAME",
        f"how the site is called in answers, {_SITE_NAME.accepted}; by itself the domain, or the project",
        "`this site`",
        "environment",
        _SITE_NAME,
    ),
    Variable("SITECHAT_LOG_LEVEL", " ".join(f"`{each}`" for each in _LEVELS.words), "`INFO`", "environment", _LEVELS),
    Variable(
        "SITECHAT_KEEPALIVE_SECONDS",
        f"{KEEPALIVE.low:g} to {KEEPALIVE.high:g}",
        f"{KEEPALIVE_DEFAULT_SECONDS:g}",
        "environment",
        KEEPALIVE,
    ),
    Variable(
        "SITECHAT_STOP_TIMEOUT_SECONDS",
        f"the task definition's `stopTimeout`, {STOP_TIMEOUT_SECONDS.low:g} to {STOP_TIMEOUT_SECONDS.high:g}",
        "30",
        form=STOP_TIMEOUT_SECONDS,
    ),
    Variable(
        "SITECHAT_STOP_GRACE_SECONDS",
        "how long new requests are answered after SIGTERM, 0 to half the stop timeout",
        "a quarter of the stop timeout, at most 10",
        "environment",
        STOP_GRACE,
    ),
    Variable(
        "SITECHAT_IDLE_TIMEOUT_SECONDS",
        f"the load balancer's idle timeout, {IDLE_TIMEOUT_SECONDS.low:g} to {IDLE_TIMEOUT_SECONDS.high:g}",
        "120",
        form=IDLE_TIMEOUT_SECONDS,
    ),
    Variable("SITECHAT_MODE", "`aws` or `local`", "`aws`", form=Choice(("aws", "local"))),
    Variable(
        "SITECHAT_BIND_ADDRESS",
        "IP address to listen on; in a task one that its load balancer reaches, `0.0.0.0` or `::`",
        "`0.0.0.0`; local mode `127.0.0.1`",
        "environment",
        _ADDRESSES,
    ),
    Variable("SITECHAT_LOCAL_FIRST_TOKEN_SECONDS", "", "0.5", "local", Decimal(0, 600)),
    Variable("SITECHAT_LOCAL_TOKEN_SECONDS", "", "0.03", "local", Decimal(0, 60)),
)
BY_NAME = {variable.name: variable for variable in VARIABLES}


def table() -> str:
    """The table of docs/application-contract.md, without what local mode alone reads."""
    rows = (f"| `{each.name}` | {each.meaning} | {each.default} |" for each in VARIABLES if each.set_by != "local")
    return "\n".join(("| variable | value | default |", "|---|---|---|", *rows))
