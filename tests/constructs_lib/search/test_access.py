from __future__ import annotations

import pytest

from config.place import Place
from constructs_lib.search.access import configure_statement, domain_access, domain_arn, read_statement

DOMAIN = "arn:aws:es:us-east-1:111111111111:domain/site-search"


def test_the_arn_is_the_one_the_domain_will_have() -> None:
    assert domain_arn("site-search", Place("111111111111", "us-east-1", "aws")) == DOMAIN


def test_readers_reach_their_index_alone() -> None:
    statement = read_statement(DOMAIN, "site")
    assert statement.resources == (f"{DOMAIN}/site/*",)
    assert statement.actions == ("es:ESHttpPost",)


def test_the_administrator_configures_this_domain_alone() -> None:
    statement = configure_statement(DOMAIN)
    assert statement.resources == (f"{DOMAIN}/*",)
    assert statement.actions == ("es:ESHttpGet", "es:ESHttpPut")


@pytest.mark.parametrize(
    ("writers", "sids"),
    [((), ["Administrator", "Readers"]), (("arn:of:writer",), ["Administrator", "Readers", "Writers"])],
)
def test_the_domain_lets_named_roles_in(writers: tuple[str, ...], sids: list[str]) -> None:
    access = domain_access(DOMAIN, "site", administrator="arn:of:admin", readers=("arn:of:reader",), writers=writers)
    assert access.administrator_arn == "arn:of:admin"
    assert [statement.sid for statement in access.statements] == sids
    principals = [arn for statement in access.statements for arns in statement.principals.values() for arn in arns]
    assert principals == ["arn:of:admin", "arn:of:reader", *writers]


def test_writers_reach_the_index_and_bulk() -> None:
    *_, writing = domain_access(DOMAIN, "site", administrator="a", readers=("b",), writers=("c",)).statements
    assert writing.resources == (f"{DOMAIN}/site*", f"{DOMAIN}/_bulk", f"{DOMAIN}/_aliases")
    assert "es:ESHttpDelete" in writing.actions
