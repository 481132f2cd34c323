"""checkov's JSONPath parser gives the same results, and builds each grammar table once."""

from __future__ import annotations

import pytest
from bc_jsonpath_ng.exceptions import JsonPathLexerError
from bc_jsonpath_ng.ext.parser import parse
from bc_jsonpath_ng.parser import JsonPathParser
from ply import yacc

from pipeline.scan.grammar import cache_parser_tables

PATHS = ("$.statement[0].actions", "$..rule[*].action", "$.a.b[?(@.c == 'd')]")
STOCK = getattr(yacc.yacc, "__wrapped__", yacc.yacc)


@pytest.fixture
def worked_out(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Record the grammar tables that are built from now on."""
    modules: list[object] = []

    def count(*, module: object, **options: object) -> object:
        modules.append(module)
        return STOCK(module=module, **options)

    monkeypatch.setattr(yacc, "yacc", count)
    return modules


def test_paths_are_read_as_before_with_the_grammar_worked_out_once(worked_out: list[object]) -> None:
    before = [parse(path) for path in PATHS]
    assert len(worked_out) == len(PATHS)
    cache_parser_tables()
    assert [parse(path) for path in PATHS] == before
    assert len(worked_out) == len(PATHS) + 1
    cache_parser_tables()
    parse(PATHS[0])
    assert len(worked_out) == len(PATHS) + 1


def test_another_parser_has_a_grammar_of_its_own(worked_out: list[object]) -> None:
    cache_parser_tables()
    parse(PATHS[0])
    assert JsonPathParser().parse("$.a") == parse("$.a")
    assert [type(each).__name__ for each in worked_out] == ["ExtentedJsonPathParser", "JsonPathParser"]


def test_a_mistake_in_a_path_spoils_no_later_one(worked_out: list[object]) -> None:
    cache_parser_tables()
    with pytest.raises(JsonPathLexerError):
        parse("$.a['")
    with pytest.raises(Exception, match="Parse error"):
        parse("$.a]")
    assert parse("$.a") == JsonPathParser().parse("$.a")
