"""Statements for the roles of a CI: to read an environment's resources, and to change them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from config.place import Place
from constructs_lib.identity.policy import Statement

_TABLE = Path(__file__).with_name("deployment.toml")


@dataclass(frozen=True)
class EnvironmentArns:
    """ARNs of one environment's resources: their place, and the beginnings of their names.

    `repository` is the ECR repository, `packages` the bucket of functions' packages. A name that a service's limit cuts
    keeps only its beginning (`config/names.py`): that of a load balancer 23 characters, of a search domain 19, of a
    bucket 26.
    """

    place: Place
    project: str
    env: str
    repository: str
    packages: str

    def arn(self, pattern: str) -> str:
        """The ARN of a pattern of the table, where "arn:<partition>:" is left out."""
        prefix = f"{self.project}-{self.env}-"
        filled = pattern.format(
            region=self.place.region,
            account=self.place.account_id,
            name=prefix,
            short=prefix[:23],
            shortest=prefix[:19],
            bucket=prefix[:26],
            path=f"{self.project}/{self.env}/",
            words=prefix.replace("-", "_"),
            repository=self.repository,
            packages=self.packages,
        )
        return f"arn:{self.place.partition}:{filled}"


def service_groups() -> tuple[str, ...]:
    """The groups of services, each small enough for a managed policy."""
    return tuple(_table())


def read_settings(arns: EnvironmentArns, group: str) -> tuple[Statement, ...]:
    """Read how the resources of a group of services are set up; nothing of what is stored in them."""
    return tuple(_statements(arns, group, "Look", anywhere="look", scoped="read"))


def change_resources(arns: EnvironmentArns, group: str) -> tuple[Statement, ...]:
    """Create, change and delete the resources of a group of services."""
    return tuple(_statements(arns, group, "Change", anywhere="make", scoped="write"))


def deployed_services() -> tuple[str, ...]:
    """The services of the table, by their prefixes in actions."""
    return tuple(sorted(service for services in _table().values() for service in services))


def _statements(arns: EnvironmentArns, group: str, verb: str, *, anywhere: str, scoped: str) -> Iterator[Statement]:
    table = _table()[group]
    unscoped = [action for service, entry in table.items() for action in _actions(service, entry, anywhere)]
    if unscoped:
        yield Statement(sid=f"{verb}Unscoped", actions=tuple(unscoped), resources=("*",))
    for service, entry in table.items():
        if actions := tuple(_actions(service, entry, scoped)):
            yield Statement(
                sid=verb + "".join(part.capitalize() for part in service.split("-")),
                actions=actions,
                resources=tuple(arns.arn(pattern) for pattern in entry["on"]),
            )


def _actions(service: str, entry: Mapping[str, Any], kind: str) -> Iterator[str]:
    yield from (f"{service}:{name}" for name in str(entry.get(kind, "")).split())


@cache
def _table() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))
