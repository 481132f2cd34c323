"""[secrets]: names of the secrets. Their values never stand in configuration."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import Field

from config.checks import Many, StrictModel, ValueCheck


class SecretName(ValueCheck):
    """Last part of a secret's name.

    Secrets Manager appends a hyphen and six characters to the ARN, so a name that ends that way is found by the wrong
    lookup (CreateSecret).
    """

    accepted = (
        "1 to 64 lower-case letters, digits and inner hyphens, starting with a letter and not ending in a hyphen "
        "and six characters"
    )

    def allows(self, value: Any) -> bool:
        shape = re.fullmatch(r"[a-z](?:[a-z0-9-]{0,62}[a-z0-9])?", value, re.ASCII)
        return bool(shape) and "--" not in value and not re.search(r"-[a-z0-9]{6}$", value)


class RecoveryWindowDays(ValueCheck):
    """Recovery window in days, as DeleteSecret accepts it."""

    accepted = "0, or a whole number from 7 to 30"

    def allows(self, value: Any) -> bool:
        return value in (0, *range(7, 31))


class SecretsSection(StrictModel):
    """Names of the secrets; `sitechat secret set` gives them their values."""

    names: Many[Annotated[str, SecretName()]] = Field(
        default=("session-key",),
        max_length=20,
        description="Secrets of the application, each an environment variable there.",
    )
    recovery_window_days: Annotated[int, RecoveryWindowDays()] = Field(
        default=7,
        description="How long a deleted secret can be restored; 0, at once and for ever, only without protection.",
    )
    max_age_days: int = Field(
        default=90,  # FSBP SecretsManager.4
        ge=0,
        le=3650,
        description="Age above which `sitechat secret status` asks for a new value, which a person sets; 0: never.",
    )


def secret_variable(name: str) -> str:
    """Environment variable in which the application finds the secret: "session-key" in SITECHAT_SESSION_KEY."""
    return "SITECHAT_" + name.upper().replace("-", "_")
