"""The environment variables of docs/application-contract.md, checked once, before anything starts."""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .metrics import TokenPrices

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
MODES = ("aws", "local")
SWITCH = ("on", "off")
SAMPLERS = ("traceidratio", "xray")
LEAST_RATIO = 0.0001
# Where a collector hands on what is asked of X-Ray's sampling (its extension awsproxy).
_COLLECTOR = "endpoint=http://127.0.0.1:2000"
_RULES = re.compile(r"endpoint=http://127\.0\.0\.1:\d{1,5}")
SESSION_KEY_MIN_CHARS = 32
# After SIGTERM the load balancer sends on for 3 to 5 seconds (aws/containers-roadmap#708); twice that is enough.
MOST_GRACE_SECONDS = 10

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:/_-]{0,2047}")
_GUARDRAIL = re.compile(r"[a-z0-9]+|arn:aws[a-z-]*:bedrock:[a-z0-9-]+:\d{12}:guardrail/[a-z0-9]+")
_GUARDRAIL_VERSION = re.compile(r"[1-9]\d{0,7}")
_INDEX = re.compile(r"[a-z0-9][a-z0-9._-]{0,254}")
# A name with dots would be no host under the certificate of S3.
_OBJECT = re.compile(r"arn:aws[a-z-]*:s3:::([a-z0-9][a-z0-9-]{1,61}[a-z0-9])/([A-Za-z0-9][A-Za-z0-9._/-]{0,511})")
# A namespace of CloudWatch (PutMetricData); those that begin with AWS/ are AWS's.
_NAMESPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/#-]{0,254}")
_PRICES = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?(/[0-9]{1,6}(\.[0-9]{1,6})?){2}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\]")


class SettingsError(Exception):
    """Settings are missing or wrong; the message lists every problem found."""


@dataclass(frozen=True)
class GuardrailSettings:
    """The guardrail every model call goes through."""

    id: str
    version: str


@dataclass(frozen=True)
class SearchSettings:
    """Endpoint and index of the OpenSearch domain."""

    endpoint: str
    index: str


@dataclass(frozen=True)
class TracingSettings:
    """Where spans go, under which name of the service, and of which share of the questions, above 0 and up to 1.

    With `rules` the share is that of X-Ray's sampling rules, which a collector hands on at this address.
    """

    endpoint: str
    service: str
    ratio: float
    rules: str = ""


@dataclass(frozen=True)
class PausedObject:
    """The object in S3 that pauses the model while it exists."""

    bucket: str
    key: str


@dataclass(frozen=True)
class AwsSettings:
    """Settings of Bedrock and OpenSearch; None for a part that the environment has switched off.

    `source_hosts` are the hosts whose pages may be sources, None for any; without `paused_object` nothing pauses, and
    without `tracing` no spans are sent.
    """

    region: str
    model_id: str
    embedding_model_id: str
    guardrail: GuardrailSettings | None
    search: SearchSettings | None
    source_hosts: frozenset[str] | None
    paused_object: PausedObject | None = None
    tracing: TracingSettings | None = None


@dataclass(frozen=True)
class LocalSettings:
    """Pace of the fake model, so that a slow answer can be shown and tested."""

    first_token_seconds: float
    token_seconds: float


@dataclass(frozen=True)
class AppSettings:
    """All settings; exactly one of `aws` and `local` is set."""

    port: int
    bind_address: str
    tls: bool
    log_level: str
    site_name: str
    keepalive_seconds: float
    stop_timeout_seconds: int
    stop_grace_seconds: float
    idle_timeout_seconds: int
    metrics_namespace: str
    token_prices: TokenPrices | None
    session_key: bytes = field(repr=False)
    aws: AwsSettings | None
    local: LocalSettings | None


class _Reader:
    """Reads variables and collects problems, so that one start shows them all. Never repeats a secret's value."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def text(self, name: str, accepts: Callable[[str], object], expected: str, default: str | None = None) -> str:
        value = self._environ.get(name, "") or default
        if value is None:
            self.problems.append(f"{name} is not set (expected {expected})")
            return ""
        if not accepts(value):
            self.problems.append(f"{name} is {value[:80]!r} (expected {expected})")
        return value

    def any_set(self, *names: str) -> bool:
        """Whether one of these variables is set; then all of them are required."""
        return any(self._environ.get(name, "") for name in names)

    def number(self, name: str, low: float, high: float, default: str) -> float:
        value = self.text(name, lambda v: _in_range(v, low, high), f"a number from {low:g} to {high:g}", default)
        return float(value) if _in_range(value, low, high) else low

    def session_key(self, generate: bool) -> bytes:
        value = self._environ.get("SITECHAT_SESSION_KEY", "")
        if not value and generate:
            return secrets.token_bytes(32)
        if len(value) < SESSION_KEY_MIN_CHARS:
            state = "too short" if value else "not set"
            expected = f"{SESSION_KEY_MIN_CHARS} characters or more"
            self.problems.append(f"SITECHAT_SESSION_KEY is {state} (expected {expected})")
        return value.encode()


def load_settings(environ: Mapping[str, str]) -> AppSettings:
    """Settings from the environment; raises `SettingsError` naming every variable that is missing or wrong."""
    read = _Reader(environ)
    mode = read.text("SITECHAT_MODE", MODES.__contains__, "aws or local", "aws")
    local = mode == "local"
    stop_timeout = int(read.number("SITECHAT_STOP_TIMEOUT_SECONDS", 2, 120, "30"))
    settings = AppSettings(
        port=int(read.number("PORT", 0, 65535, "8080")),
        bind_address=read.text(
            "SITECHAT_BIND_ADDRESS", _is_address, "an IP address", "127.0.0.1" if local else "0.0.0.0"
        ),
        tls=read.text("SITECHAT_TLS", SWITCH.__contains__, "on or off", "off") == "on",
        log_level=read.text("SITECHAT_LOG_LEVEL", LOG_LEVELS.__contains__, "one of " + " ".join(LOG_LEVELS), "INFO"),
        site_name=read.text("SITECHAT_SITE_NAME", _is_title, "1 to 100 printable characters", "this site"),
        keepalive_seconds=read.number("SITECHAT_KEEPALIVE_SECONDS", 0.05, 25, "10"),
        stop_timeout_seconds=stop_timeout,
        stop_grace_seconds=read.number(
            "SITECHAT_STOP_GRACE_SECONDS", 0, stop_timeout / 2, f"{min(MOST_GRACE_SECONDS, stop_timeout / 4):g}"
        ),
        idle_timeout_seconds=int(read.number("SITECHAT_IDLE_TIMEOUT_SECONDS", 1, 4000, "120")),
        metrics_namespace=_metrics_namespace(read),
        token_prices=_token_prices(read),
        session_key=read.session_key(generate=local),
        aws=None if local else _aws(read),
        local=_local(read) if local else None,
    )
    if read.problems:
        raise SettingsError("; ".join(read.problems))
    return settings


def _aws(read: _Reader) -> AwsSettings:
    return AwsSettings(
        region=read.text("AWS_REGION", _REGION.fullmatch, "a region such as eu-west-1"),
        model_id=read.text("SITECHAT_MODEL_ID", _MODEL.fullmatch, "a Bedrock model or inference profile id"),
        embedding_model_id=read.text("SITECHAT_EMBEDDING_MODEL_ID", _MODEL.fullmatch, "a Bedrock embedding model id"),
        guardrail=_guardrail(read),
        search=_search(read),
        source_hosts=_source_hosts(read),
        paused_object=_paused_object(read),
        tracing=_tracing(read),
    )


def _guardrail(read: _Reader) -> GuardrailSettings | None:
    if not read.any_set("SITECHAT_GUARDRAIL_ID", "SITECHAT_GUARDRAIL_VERSION"):
        return None
    return GuardrailSettings(
        id=read.text("SITECHAT_GUARDRAIL_ID", _GUARDRAIL.fullmatch, "a guardrail id or ARN"),
        version=read.text("SITECHAT_GUARDRAIL_VERSION", _GUARDRAIL_VERSION.fullmatch, "a published version, such as 1"),
    )


def _search(read: _Reader) -> SearchSettings | None:
    if not read.any_set("SITECHAT_SEARCH_ENDPOINT", "SITECHAT_SEARCH_INDEX"):
        return None
    return SearchSettings(
        endpoint=read.text("SITECHAT_SEARCH_ENDPOINT", _is_endpoint, "https://HOST, nothing after it"),
        index=read.text("SITECHAT_SEARCH_INDEX", _INDEX.fullmatch, "a lower-case index name"),
    )


def _source_hosts(read: _Reader) -> frozenset[str] | None:
    if not read.any_set("SITECHAT_SOURCE_HOSTS"):
        return None
    value = read.text("SITECHAT_SOURCE_HOSTS", _are_hosts, "lower-case hosts without ports, separated by commas")
    return frozenset(each.strip("[]") for each in value.split(","))


def _paused_object(read: _Reader) -> PausedObject | None:
    if not read.any_set("SITECHAT_PAUSED_OBJECT"):
        return None
    found = _OBJECT.fullmatch(read.text("SITECHAT_PAUSED_OBJECT", _OBJECT.fullmatch, "arn:aws:s3:::BUCKET/KEY"))
    return PausedObject(*found.groups()) if found else None


def _tracing(read: _Reader) -> TracingSettings | None:
    # OpenTelemetry's own names, so that an image with another of its distributions understands them, too.
    sampler = read.text("OTEL_TRACES_SAMPLER", SAMPLERS.__contains__, " or ".join(SAMPLERS), SAMPLERS[0])
    service = read.text("OTEL_SERVICE_NAME", _is_title, "1 to 100 printable characters", "sitechat")
    ratio, rules = 1.0, ""
    if sampler == "xray":
        given = read.text("OTEL_TRACES_SAMPLER_ARG", _RULES.fullmatch, "endpoint=http://127.0.0.1:PORT", _COLLECTOR)
        rules = given.partition("=")[2]
    else:
        ratio = read.number("OTEL_TRACES_SAMPLER_ARG", LEAST_RATIO, 1, "1")
    if not read.any_set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        return None
    endpoint = read.text("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", _is_traces_endpoint, "https://HOST/v1/traces")
    return TracingSettings(endpoint, service, ratio, rules)


def _metrics_namespace(read: _Reader) -> str:
    if not read.any_set("SITECHAT_METRICS_NAMESPACE"):
        return ""
    return read.text("SITECHAT_METRICS_NAMESPACE", _is_namespace, "1 to 255 letters, digits and . - _ / #, no AWS/...")


def _token_prices(read: _Reader) -> TokenPrices | None:
    if not read.any_set("SITECHAT_MODEL_PRICES"):
        return None
    value = read.text("SITECHAT_MODEL_PRICES", _PRICES.fullmatch, "three prices such as 0.06/0.24/0.015")
    return TokenPrices(*map(float, value.split("/"))) if _PRICES.fullmatch(value) else None


def _local(read: _Reader) -> LocalSettings:
    return LocalSettings(
        first_token_seconds=read.number("SITECHAT_LOCAL_FIRST_TOKEN_SECONDS", 0, 600, "0.5"),
        token_seconds=read.number("SITECHAT_LOCAL_TOKEN_SECONDS", 0, 60, "0.03"),
    )


def _in_range(value: str, low: float, high: float) -> bool:
    # Plain decimals only: float() alone also takes "nan", "1e3" and "1_0".
    return re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", value) is not None and low <= float(value) <= high


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _are_hosts(value: str) -> bool:
    return all(_HOST.fullmatch(each) for each in value.split(","))


def _is_namespace(value: str) -> bool:
    return _NAMESPACE.fullmatch(value) is not None and not value.startswith("AWS/")


def _is_title(value: str) -> bool:
    return len(value) <= 100 and value.isprintable() and bool(value.strip())


def _is_endpoint(value: str, path: str = "") -> bool:
    """Whether the URL is https://HOST and `path`, or http:// to this machine, where no network can be listened on."""
    try:
        url = urlsplit(value)
        host, extra = url.hostname, url.path != path or url.query or url.fragment or url.username
        url.port  # noqa: B018 - raises ValueError when it isn't a port
    except ValueError:
        return False
    return bool(host) and not extra and (url.scheme == "https" or (url.scheme == "http" and host == "127.0.0.1"))


def _is_traces_endpoint(value: str) -> bool:
    return _is_endpoint(value, "/v1/traces")
