"""Who may send which request to a domain. What a request may do inside is decided by the domain's own roles."""

from __future__ import annotations

from collections.abc import Sequence

from constructs_lib.identity.policy import Statement

READ = ("es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPost")
WRITE = (*READ, "es:ESHttpPut", "es:ESHttpDelete")
CONFIGURE = ("es:ESHttpGet", "es:ESHttpPut")


def domain_arn(*, name: str, account_id: str, region: str, partition: str) -> str:
    """The ARN a domain will have: policies name it before it exists."""
    return f"arn:{partition}:es:{region}:{account_id}:domain/{name}"


def read_statement(domain: str, index: str) -> Statement:
    """For a role that searches `index` (a search is a POST)."""
    return Statement(sid="SearchIndex", actions=READ, resources=(f"{domain}/{index}/*",))


def configure_statement(domain: str) -> Statement:
    """For the role that finishes the domain: its security settings, templates and indexes."""
    return Statement(sid="ConfigureDomain", actions=CONFIGURE, resources=(f"{domain}/*",))


def domain_policy(
    domain: str, index: str, *, administrator: str, readers: Sequence[str], writers: Sequence[str] = ()
) -> tuple[Statement, ...]:
    """The domain's own policy: these roles and nobody else. Writers also need `_bulk`, which lies beside the index."""
    writing = Statement(
        sid="Writers",
        actions=WRITE,
        resources=(f"{domain}/{index}*", f"{domain}/_bulk", f"{domain}/_aliases"),
        principals={"AWS": tuple(writers)},
    )
    return (
        Statement(
            sid="Administrator",
            actions=CONFIGURE,
            resources=(f"{domain}/*",),
            principals={"AWS": (administrator,)},
        ),
        Statement(sid="Readers", actions=READ, resources=(f"{domain}/{index}/*",), principals={"AWS": tuple(readers)}),
        *((writing,) if writers else ()),
    )
