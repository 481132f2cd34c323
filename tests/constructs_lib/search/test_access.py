from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from config.place import Place
from constructs_lib.search.access import (
    configure_statement,
    domain_arn,
    domain_statements,
    read_statement,
    write_needs,
    write_statement,
)

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
    admin, reader = "arn:of:admin", "arn:of:reader"
    statements = domain_statements(DOMAIN, "site", administrator=admin, readers=(reader,), writers=writers)
    assert [statement.sid for statement in statements] == sids
    principals = [arn for statement in statements for arns in statement.principals.values() for arn in arns]
    assert principals == [admin, reader, *writers]


WRITTEN = (f"{DOMAIN}/site", f"{DOMAIN}/site-*", f"{DOMAIN}/_aliases")


def test_writers_reach_the_versions_of_their_index_and_the_aliases() -> None:
    *_, writing = domain_statements(DOMAIN, "site", administrator="a", readers=("b",), writers=("c",))
    assert writing.resources == write_statement(DOMAIN, "site").resources == WRITTEN
    assert writing.actions == write_statement(DOMAIN, "site").actions
    assert "es:ESHttpDelete" in writing.actions


def test_no_writer_reaches_an_index_whose_name_begins_alike_or_a_bulk_that_names_any() -> None:
    patterns = write_statement(DOMAIN, "site").resources
    for path in ("siteother", "siteother/_bulk", "_bulk", "_plugins/_security/api/roles/x", "_index_template/site"):
        assert not any(fnmatchcase(f"{DOMAIN}/{path}", pattern) for pattern in patterns), path


def test_every_request_of_a_writer_is_allowed_by_its_statement() -> None:
    statement = write_statement(DOMAIN, "site")
    needs = write_needs("arn:of:loader", DOMAIN, "site")
    assert {action for need in needs for action in need.actions} == set(statement.actions)
    for need in needs:
        assert any(fnmatchcase(need.resource, pattern) for pattern in statement.resources), need.resource
