"""Texts that hold a secret, told by their form, and names of what holds one. A file or layer has neither in plain."""

from __future__ import annotations

import re
from typing import NamedTuple


class Kind(NamedTuple):
    """Kind of secret: texts without any of the marks hold none. Each pattern is bounded: no text takes long."""

    name: str
    marks: tuple[str, ...]
    pattern: str

    def held_by(self, text: str) -> bool:
        """Whether a text holds one. Patterns are compiled when a mark was seen: most never are."""
        return re.search(self.pattern, text) is not None


def _kind(name: str, marks: str, pattern: str) -> Kind:
    return Kind(name, tuple(marks.split()), pattern)


# As the vendors describe their tokens.
_KINDS = (
    _kind("an AWS access key", "AKIA ASIA", r"(?<![A-Za-z0-9])A[KS]IA[A-Za-z0-9]{16}(?![A-Za-z0-9])"),
    _kind("a GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", r"gh[pousr]_[A-Za-z0-9]{20}|github_pat_\w{20}"),
    _kind("a GitLab token", "gl", r"gl(?:pat|ptt|dt|rt|oas|soat|ft|imt|agent|cbt)-[A-Za-z0-9_-]{16}"),
    _kind("a Slack token", "xox xapp hooks.slack", r"xox[a-z]-[\w-]{8}|xapp-\d-[\w-]{8}|hooks\.slack\.com/services/T"),
    _kind(
        "a Stripe key", "_live_ _test_ whsec_", r"(?<![A-Za-z0-9])[sr]k_(?:live|test)_\w{8}|whsec_[A-Za-z0-9+/=]{16}"
    ),
    _kind("a Google key", "AIza GOCSPX- ya29.", r"AIza[\w-]{30}|GOCSPX-[\w-]{16}|ya29\.[\w-]{20}"),
    _kind("a key of a model's vendor", "sk- hf_", r"(?<![A-Za-z0-9])(?:sk-[\w-]{20}|hf_[A-Za-z0-9]{30})"),
    _kind("an npm token", "npm_", r"npm_[A-Za-z0-9]{20}"),
    _kind("a PyPI token", "pypi-", r"pypi-[\w-]{16}"),
    _kind("a SendGrid key", "SG.", r"SG\.[\w-]{16}"),
    _kind("a Twilio key", "AC SK", r"(?<![A-Za-z0-9])(?:AC|SK)[0-9a-f]{32}(?![A-Za-z0-9])"),
    # What tells most apart comes first: a search for plain text is the fastest.
    _kind("a Mailchimp key", "-us", r"-us\d(?<=[0-9a-f]{32}-us\d)"),
    _kind("a Mailgun key", "key-", r"key-(?<![a-z]key-)[0-9a-f]{32}"),
    _kind("a JSON web token", "eyJ", r"(?<![A-Za-z0-9])eyJ[\w-]{8,4000}\.[\w-]{8}"),
    _kind(
        "a private key", "PRIVATE PuTTY AGE-", r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY|PuTTY-User-Key|AGE-SECRET-KEY-1"
    ),
    _kind("a Vault token", "hvs. hvb. hvr.", r"hv[sbr]\.[\w-]{20}"),
    _kind("a Docker token", "dckr_pat_", r"dckr_pat_[\w-]{16}"),
    _kind("an Atlassian token", "ATATT3", r"ATATT3[\w=-]{16}"),
    _kind("a DigitalOcean token", "_v1_", r"do[opr]_v1_[0-9a-f]{32}"),
    _kind("a Shopify or Grafana token", "shp gl", r"shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{16}|gl(?:sa|c)_[\w+/=-]{20}"),
    _kind("a Telegram token", ":AA", r"(?<!\d)\d{8,10}:AA[\w-]{30}"),
    _kind(
        "a Discord or New Relic token", "/webhooks/ NRAK-", r"discord(?:app)?\.com/api/webhooks/\d|NRAK-[A-Z0-9]{20}"
    ),
    _kind(
        "a Square or Azure key", "sq0 Key=", r"sq0(?:atp|csp)-[\w-]{16}|(?:Account|SharedAccess)Key=[A-Za-z0-9+/]{20}"
    ),
    _kind("an address with a password", "@", r"://[^\s/?#@:\"']{0,100}:[^\s/?#@\"']{1,200}@"),
    _kind("an authorization header", "earer asic", r"(?<![A-Za-z])(?:[Bb]earer|[Bb]asic) +[A-Za-z0-9+/=._~-]{16}"),
    _kind(
        "a password",
        "=",
        r"(?i:(?<![a-z])(?:password|passwd|pwd|passphrase|secret|secret_?key|api_?key|access_?token|auth_?token)"
        r"[\"']? {0,3}= {0,3}[\"']?[^\s\"'$%{}()<>|&,;\0]{4})",
    ),
    # An AWS secret key has 40 characters; one that holds capitals, small letters and digits is no path.
    _kind(
        "what looks like an AWS secret key",
        "",
        r"(?<![A-Za-z0-9/+=_.-])(?=[A-Za-z/+]{0,39}\d)(?=[a-z0-9/+]{0,39}[A-Z])(?=[A-Z0-9/+]{0,39}[a-z])"
        r"[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_.-])",
    ),
)

# Names of what holds a secret: words that say so anywhere, and short ones that do as a word of their own.
_NAME = re.compile(
    r"PASSWORD|PASSWD|PASSPHRASE|PASSCODE|SECRET|CREDENTIAL|TOKEN|PWD|HTPASS|BEARER|CONNECTION_?STRING"
    r"|(?:API|PRIVATE|ACCESS|SIGNING|ENCRYPTION|SESSION|MASTER|ACCOUNT|LICENSE|AUTH|SHARED|STORAGE|HMAC|SSH|CIPHER)[_-]?KEY"
    r"|(?<![A-Z])(?:PASS|PW|DSN|AUTH|CREDS?|PIN|SALT|JWT|PAT|SIGNATURE)(?![A-Z])|(?-i:[a-z](?:Pass|Pw|Auth|Dsn)(?![a-z]))",
    re.IGNORECASE,
)
# Names that only refer to a secret or say how one is used, or that count a model's tokens.
_POINTER = re.compile(
    r"(_ISSUER|_AUDIENCE|_ALGORITHM|_TTL|_MODE|_ENABLED|_LENGTH|_ROUNDS|_PARALLELISM|_ARNS?|_IDS?|_NAMES?|_URL|_PATH|_DAYS|_SECONDS|[a-z]Age|[a-z0-9.]arn)$|(MAX|MIN|TOTAL)_?\w*TOKENS?|TOKENS?_(LIMIT|PER)",
    re.IGNORECASE,
)


def names_a_secret(name: str) -> bool:
    """Whether what has this name holds a secret, and not only its place."""
    return _NAME.search(name) is not None and _POINTER.search(name) is None


def secret_kind(text: str) -> str | None:
    """Kind of the secret in a text; None where it holds none."""
    return next((kind.name for kind in kinds_of_secrets(text)), None)


def kinds_of_secrets(text: str) -> tuple[Kind, ...]:
    """Kinds of all secrets in a text."""
    marked = (kind for kind in _KINDS if not kind.marks or any(mark in text for mark in kind.marks))
    return tuple(kind for kind in marked if kind.held_by(text))
