"""Secrets of an environment: their status, and setting new values. Values are written, never read back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline.aws import asked, failed_to
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import Session

if TYPE_CHECKING:
    from config import Environment

CURRENT = "AWSCURRENT"


@dataclass(frozen=True)
class SecretStatus:
    """Whether a secret exists in AWS and when its value was set; `set_at` is None without a value."""

    name: str
    exists: bool
    set_at: datetime | None

    def too_old(self, limit_days: int, now: datetime) -> bool:
        """Whether the value is older than `limit_days`; False with a limit of 0 and without a value."""
        return self.set_at is not None and limit_days > 0 and now - self.set_at > timedelta(days=limit_days)


def known_secret_name(env: Environment, name: str) -> str:
    """`name`, if the environment has such a secret. Raises SitechatError (2) that suggests the nearest name."""
    names = env.secrets.names
    if name in names:
        return name
    from config.nearest import nearest_name

    meant = nearest_name(name, names)
    listed = f"It has: {', '.join(names)}." if names else "It has none."
    raise SitechatError(
        f"{env.name} has no secret {name!r}",
        hint=f"{f'Did you mean {meant}? ' if meant else ''}{listed} Names stand in [secrets] of {env.name}.toml.",
        code=ExitCode.USAGE,
    )


def put_secret_value(session: Session, name: str, value: str) -> str:
    """Give the secret a new value and return the version's id. The old value stays as AWSPREVIOUS."""
    full = session.env.names.secret(name)
    answer = asked(
        session.client("secretsmanager").put_secret_value,
        otherwise=failed_to(f"set {full}"),
        known={
            "ResourceNotFoundException": _not_deployed(session, full),
            "InvalidRequestException": _deleted(session, full),
        },
        SecretId=full,
        SecretString=value,
    )
    return str(answer["VersionId"])


def secret_statuses(session: Session) -> tuple[SecretStatus, ...]:
    """Status of each secret of the environment, in the order of its file."""
    client = session.client("secretsmanager")
    return tuple(_look(client, session, name) for name in session.env.secrets.names)


def has_value(session: Session, name: str) -> bool:
    """Whether the secret has a value now."""
    return _look(session.client("secretsmanager"), session, name).set_at is not None


def _look(client: Any, session: Session, name: str) -> SecretStatus:
    full = session.env.names.secret(name)
    missing = _not_deployed(session, full)
    try:
        known = {"ResourceNotFoundException": missing}
        found = asked(client.describe_secret, otherwise=failed_to(f"describe {full}"), known=known, SecretId=full)
    except SitechatError as error:
        if error is missing:
            return SecretStatus(name, exists=False, set_at=None)
        raise
    if "DeletedDate" in found:
        return SecretStatus(name, exists=False, set_at=None)
    current = [version for version, stages in found.get("VersionIdsToStages", {}).items() if CURRENT in stages]
    return SecretStatus(name, exists=True, set_at=_created(client, full, current[0]) if current else None)


def _created(client: Any, full: str, version: str) -> datetime:
    versions = asked(client.list_secret_version_ids, otherwise=failed_to(f"list versions of {full}"), SecretId=full)
    created: datetime = next(each["CreatedDate"] for each in versions["Versions"] if each["VersionId"] == version)
    return created


def _not_deployed(session: Session, full: str) -> SitechatError:
    return SitechatError(
        f"the secret {full} does not exist yet",
        hint=f"It comes with the layer infrastructure: `sitechat deploy --env {session.env_ref}`.",
        code=ExitCode.MISSING,
    )


def _deleted(session: Session, full: str) -> SitechatError:
    return SitechatError(
        f"the secret {full} is being deleted and takes no value",
        hint=f"Bring it back with `aws secretsmanager restore-secret --secret-id {full} "
        f"--region {session.env.region}`, or wait until it is gone and deploy again.",
        code=ExitCode.FAILED,
    )
