"""Roles of running tasks: their access key ids, and the credentials that their containers ask for."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from local_aws.traffic.tasks.deployed import DeployedContainer

# Credentials are asked for anew before they expire, as those of ECS are, which last six hours.
_CREDENTIALS_SECONDS = 6 * 3600
# Letters and digits of which AWS makes access key ids.
_KEY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class Enrols(Protocol):
    """Who has to know which role an access key id belongs to."""

    def enrol(self, key_id: str, role_arn: str, session: str = "") -> None: ...

    def forget(self, key_id: str) -> None: ...


@dataclass(frozen=True)
class _Role:
    key_id: str
    secret: str
    arn: str
    authorization: str


class TaskRoles:
    """Credentials by the token at the end of their address, which begins with `url`. `identity` learns the key ids."""

    def __init__(self, url: str, identity: Enrols | None) -> None:
        self._url, self._identity = url, identity
        self._roles: dict[str, _Role] = {}

    def enrol(self, deployed: DeployedContainer, token: str, authorization: str) -> str:
        """Address of a task role's credentials, whose access key id is made known; empty without a role.

        `authorization` is what the container sends along when it asks for them.
        """
        if not deployed.task_role_arn or not self._url:
            return ""
        key_id = "ASIA" + "".join(secrets.choice(_KEY_LETTERS) for _ in range(16))
        self._roles[token] = _Role(key_id, secrets.token_urlsafe(30), deployed.task_role_arn, authorization)
        if self._identity is not None:
            self._identity.enrol(key_id, deployed.task_role_arn, deployed.task_arn.rpartition("/")[2])
        return f"{self._url}/{token}"

    def key_id(self, token: str) -> str:
        """The access key id of a token; empty without one."""
        role = self._roles.get(token)
        return role.key_id if role else ""

    def credentials(self, token: str, authorization: str | None = None) -> dict[str, str] | None:
        """Credentials of a task's role, as a container asks for them; None for an unknown token or a wrong header."""
        role = self._roles.get(token)
        if role is None or (authorization is not None and authorization != role.authorization):
            return None
        until = datetime.now(UTC) + timedelta(seconds=_CREDENTIALS_SECONDS)
        return {
            "AccessKeyId": role.key_id,
            "SecretAccessKey": role.secret,
            "Token": f"emulated-{role.key_id}",
            "Expiration": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "RoleArn": role.arn,
        }

    def forget(self, token: str) -> None:
        """End the credentials of a token."""
        role = self._roles.pop(token, None)
        if role is not None and self._identity is not None:
            self._identity.forget(role.key_id)
