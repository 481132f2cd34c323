"""Generated AWS names: inside AWS's limits, the same at every synth, never the same for two things.

Project and environment hold no hyphen, so "<project>-<env>-<purpose>" splits in one way only: two environments can't
meet. A name that is too long keeps its beginning and gets a hash of the whole.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

S3_LIMIT = 63  # CreateBucket
_HASH = 8


def _shorten(name: str, limit: int) -> str:
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_HASH]
    return f"{name[: limit - _HASH - 1].rstrip('-')}-{digest}"


def _checked(part: str, pattern: str = r"[a-z0-9]+(?:-[a-z0-9]+)*") -> str:
    if re.fullmatch(pattern, part, re.ASCII) is None:
        raise ValueError(f"{part!r} can't be part of a name: lower-case letters, digits and inner hyphens only")
    return part


@dataclass(frozen=True)
class Names:
    """Names of one environment in one region."""

    project: str
    env: str
    account_id: str
    region: str

    def resource(self, purpose: str, *, limit: int = 64) -> str:
        """Name of a regional resource. `limit`: 32 for load balancers and target groups, 28 for OpenSearch."""
        return _shorten(f"{self.project}-{self.env}-{_checked(purpose)}", limit)

    def regional(self, purpose: str, *, limit: int = 64) -> str:
        """Name of a global resource that every region has for itself, such as an IAM role: carries the region."""
        return _shorten(f"{self.project}-{self.env}-{self.region}-{_checked(purpose)}", limit)

    def bucket(self, purpose: str) -> str:
        """Name of a bucket: unique in the world through account and region, 63 characters at most."""
        suffix = f"-{self.account_id}-{self.region}"
        return _shorten(f"{self.project}-{self.env}-{_checked(purpose)}", S3_LIMIT - len(suffix)) + suffix

    def path(self, *parts: str) -> str:
        """Slash-separated name, such as a log group's: "/<project>/<env>/a/b"."""
        return "/".join(("", self.project, self.env, *map(_checked, parts)))

    def secret(self, name: str) -> str:
        """Name of a secret: "<project>/<env>/<name>"."""
        return f"{self.project}/{self.env}/{_checked(name)}"

    @property
    def signing_profiles(self) -> str:
        """Prefix of names of signing profiles: no hyphens, and 38 characters at most, since the provider adds 26."""
        return f"{self.project}_{self.env}_"

    def waf_logs(self, purpose: str) -> str:
        """Name of a log group that WAF accepts as destination: it must start with "aws-waf-logs-"."""
        return f"aws-waf-logs-{self.resource(purpose)}"


@dataclass(frozen=True)
class StateBackend:
    """Names of the state bucket, lock table and key, shared by all environments of a project, account and region."""

    project: str
    env: str
    account_id: str
    region: str

    @property
    def bucket(self) -> str:
        return f"{self.project}-state-{self.account_id}-{self.region}"

    @property
    def table(self) -> str:
        return f"{self.project}-state-lock"

    @property
    def key_alias(self) -> str:
        return f"alias/{self.project}-state"

    def key(self, layer: str, scope: str) -> str:
        """Object key of a layer's state; `scope` is the region, or "global"."""
        return f"{self.project}/{self.env}/{scope}/{layer}.tfstate"
