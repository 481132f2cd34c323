"""Where actions apply: the ARNs of one environment's resources, by service."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from config.place import Place
from policies.proof.authorization import arn_formats, can_be_scoped
from policies.rights.grant import Grant

_FILE = Path(__file__).with_name("places.toml")
# Actions on roles, which have statements of their own: see delegation.py.
_ROLE = "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}"


@dataclass(frozen=True)
class EnvironmentArns:
    """ARNs of one environment's resources: their place, and the beginnings of their names.

    `repository` is the ECR repository, `packages` the bucket of functions' packages, `page` the object shown while the
    service is down, `domain` a search domain that is there already. A name that a service's limit cuts keeps only its
    beginning (`config/names.py`): that of a load balancer or a group of X-Ray 23 characters, of a search domain 19, of
    a bucket 26.
    """

    place: Place
    project: str
    env: str
    repository: str
    packages: str
    page: str = "index.html"
    domain: str | None = None

    @property
    def repository_arn(self) -> str:
        """ARN of the ECR repository."""
        return self.arn("ecr:{region}:{account}:repository/{repository}")

    def arn(self, pattern: str) -> str:
        """The ARN of a pattern of the table, where "arn:<partition>:" is left out."""
        prefix = f"{self.project}-{self.env}-"
        filled = pattern.format(
            region=self.place.region,
            account=self.place.account_id,
            name=prefix,
            short=prefix[:23],
            domain=self.domain or f"{prefix[:19]}*",
            bucket=prefix[:26],
            path=f"{self.project}/{self.env}/",
            words=prefix.replace("-", "_"),
            repository=self.repository,
            packages=self.packages,
            page=self.page,
        )
        return f"arn:{self.place.partition}:{filled}"


def service_groups() -> tuple[str, ...]:
    """The groups of services, each small enough for a managed policy."""
    return tuple(_table())


def deployed_services() -> tuple[str, ...]:
    """The services of the table, by their prefixes in actions."""
    return tuple(sorted({service for services in _table().values() for service in services}))


def scoped_grants(
    arns: EnvironmentArns, actions: Collection[str], *, verb: str, groups: Collection[str] = ()
) -> tuple[Grant, ...]:
    """Statements that allow the actions where they apply, in these groups (default all); roles are left out.

    `verb` begins the ids of the statements. Raises ValueError for a service without a place.
    """
    left = {each for each in actions if not about_roles(each)}
    if unplaced := sorted({each for each in left if each.partition(":")[0] not in deployed_services()}):
        raise ValueError(f"policies/rights/places.toml has no place for {', '.join(unplaced)}")
    unscoped: list[str] = []
    scoped: list[Grant] = []
    for service, entry in _entries(groups or service_groups()):
        here = sorted(each for each in left if _belongs(each, service, entry))
        unscoped += (each for each in here if not can_be_scoped(each))
        if named := tuple(each for each in here if can_be_scoped(each)):
            sid = verb + "".join(part.capitalize() for part in service.split("-"))
            if not entry["on"]:
                raise ValueError(f"policies/rights/places.toml says of no resource where {', '.join(named)} applies")
            scoped.append(Grant(sid + _OBJECTS * _of_objects(entry), named, tuple(map(arns.arn, entry["on"]))))
    anywhere = (Grant(f"{verb}Unscoped", tuple(unscoped), ("*",)),) if unscoped else ()
    return (*anywhere, *scoped)


_OBJECTS = "Objects"


def about_roles(action: str) -> bool:
    """Whether an action applies to IAM roles."""
    return action.startswith("iam:") and _ROLE in arn_formats(action)


def _entries(groups: Collection[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for group in groups:
        yield from _table()[group].items()


def _belongs(action: str, service: str, entry: Mapping[str, Any]) -> bool:
    if action.partition(":")[0] != service:
        return False
    return service != "s3" or _of_objects(entry) == _on_objects(action)


def _of_objects(entry: Mapping[str, Any]) -> bool:
    return bool(entry.get("objects", False))


def _on_objects(action: str) -> bool:
    return any(each.endswith("/${ObjectName}") for each in arn_formats(action))


@cache
def _table() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))
