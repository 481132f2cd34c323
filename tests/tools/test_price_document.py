"""docs/cost.md lists the price tables as they are."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from pipeline.cost.model import Price
from pipeline.cost.table import PriceTable
from tools.price_document import PATH, main, missing, with_tables


def test_the_list_is_up_to_date(tmp_path: Path) -> None:
    copy = tmp_path / "cost.md"
    copy.write_text(PATH.read_text(encoding="utf-8"), encoding="utf-8")
    main(copy)
    fresh, text = copy.read_text(encoding="utf-8"), PATH.read_text(encoding="utf-8")
    assert fresh == text, "a price table changed: `python -m tools.price_document` and review"


def test_the_list_replaces_what_was_between_the_marks() -> None:
    text = "before\n<!-- tables: x -->\nold\n<!-- end of tables -->\nafter\n"
    fresh = with_tables(text)
    assert fresh.startswith("before\n<!-- tables: x -->\n\n| region |")
    assert fresh.endswith("|\n\n<!-- end of tables -->\nafter\n")
    assert "old\n" not in fresh
    assert fresh.index("| us-east-1 |") < fresh.index("| eu-central-1 |")


def _table(*keys: str) -> PriceTable:
    price = Price("", Decimal(1), "unit", "page", checked=True)
    return PriceTable("moon-1", "2026-01-02", dict.fromkeys(keys, price))


def test_what_is_missing_is_named_as_short_as_it_can_be() -> None:
    first = _table("a.x", "a.y", "b.m.1", "b.m.2", "b.n", "c.only")
    assert missing(first, first) == ""
    assert missing(first, _table("a.x", "b.m.1", "b.m.2", "b.n")) == "`a.y`, `c.only`"
    assert missing(first, _table("b.n", "c.only")) == "`a.*`, `b.m.*`"
    assert missing(first, _table("a.x", "a.y", "c.only")) == "`b.*`"
