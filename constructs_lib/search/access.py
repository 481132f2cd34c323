"""Access to a domain by request and path. Roles inside the domain decide about the content of a request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import ITerraformDependable

from config.place import Place
from constructs_lib.identity.policy import Statement
from policies.needs.need import Need

READ = ("es:ESHttpPost",)
WRITE = ("es:ESHttpGet", "es:ESHttpPost", "es:ESHttpPut", "es:ESHttpDelete")
# POST requests to one version, as ingestion/index sends them.
WRITTEN_BY = ("_bulk", "_mget", "_search", "_count", "_refresh", "_delete_by_query", "_open", "_close")
CONFIGURE = ("es:ESHttpGet", "es:ESHttpPut")


def domain_arn(name: str, place: Place) -> str:
    """The ARN a domain will have: policies name it before it exists."""
    return place.arn("es", f"domain/{name}")


def read_statement(domain: str, index: str) -> Statement:
    """Statement of a role that searches `index` (a search is a POST)."""
    return Statement(sid="SearchIndex", actions=READ, resources=(f"{domain}/{index}/*",))


def read_needs(role_arn: str, domain: str, index: str) -> tuple[Need, ...]:
    """Requests of a role that searches `index`."""
    return (Need(role_arn, READ, f"{domain}/{index}/_search", "application"),)


def write_statement(domain: str, index: str) -> Statement:
    """Statement of a role that loads versions of `index` and moves the alias."""
    return Statement(sid="WriteIndex", actions=WRITE, resources=_written(domain, index))


def write_needs(role_arn: str, domain: str, index: str) -> tuple[Need, ...]:
    """Requests of a role that loads versions of `index`: look, create, fill, open and close, delete, move the alias."""
    asked = (
        ("es:ESHttpGet", index),
        ("es:ESHttpGet", f"{index}-*"),
        ("es:ESHttpPut", f"{index}-001"),
        ("es:ESHttpDelete", f"{index}-001"),
        *(("es:ESHttpPost", f"{index}-001/{api}") for api in WRITTEN_BY),
        ("es:ESHttpPost", "_aliases"),
    )
    return tuple(Need(role_arn, (action,), f"{domain}/{path}", "ingestion-loads") for action, path in asked)


def _written(domain: str, index: str) -> tuple[str, ...]:
    """Paths of an index and its versions. Not `_bulk`, which may name any index: each version has its own."""
    return (f"{domain}/{index}", f"{domain}/{index}-*", f"{domain}/_aliases")


def configure_needs(role_arn: str, domain: str) -> tuple[Need, ...]:
    """Requests of the role that finishes the domain."""
    return (Need(role_arn, CONFIGURE, f"{domain}/_plugins/_security/api/roles/reader", "search-bootstrap"),)


def configure_statement(domain: str) -> Statement:
    """Statement of the role that finishes the domain: its security settings, templates and indexes."""
    return Statement(sid="ConfigureDomain", actions=CONFIGURE, resources=(f"{domain}/*",))


@dataclass(frozen=True)
class DomainAccess:
    """The role that configures the domain from inside (there are no internal users), and the domain's own policy.

    `roles` are those of the same layer that the policy names: the domain is built after them.
    """

    administrator_arn: str
    statements: tuple[Statement, ...]
    roles: tuple[ITerraformDependable, ...] = ()


def domain_statements(
    domain: str, index: str, *, administrator: str, readers: Sequence[str], writers: Sequence[str] = ()
) -> tuple[Statement, ...]:
    """Statements of a domain's policy for these roles and nobody else. AWS refuses a role that doesn't exist."""
    writing = Statement(
        sid="Writers",
        actions=WRITE,
        resources=_written(domain, index),
        principals={"AWS": tuple(writers)},
    )
    administering = Statement(
        sid="Administrator",
        actions=CONFIGURE,
        resources=(f"{domain}/*",),
        principals={"AWS": (administrator,)},
    )
    reading = Statement(
        sid="Readers", actions=READ, resources=(f"{domain}/{index}/*",), principals={"AWS": tuple(readers)}
    )
    return (administering, reading, *((writing,) if writers else ()))
