"""Update the list of price tables in docs/cost.md: `python -m tools.price_document`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from importlib.resources import files
from pathlib import Path

from pipeline.cost.table import FALLBACK, PriceTable, price_table
from pipeline.work import repo_root

PATH = repo_root() / "docs" / "cost.md"
_BLOCK = re.compile(r"(<!-- tables: [^\n]*-->\n).*?(<!-- end of tables -->)", re.DOTALL)


def with_tables(text: str) -> str:
    """The document's text with a new list between its markers."""
    rows = "\n".join(_rows())
    return _BLOCK.sub(lambda found: f"{found[1]}\n{rows}\n\n{found[2]}", text)


def _rows() -> Iterator[str]:
    first = price_table(FALLBACK)
    yield "| region | oldest figure | prices | from two sources | without a figure |"
    yield "|---|---|--:|--:|---|"
    for region in (FALLBACK, *sorted(set(_regions()) - {FALLBACK})):
        table = price_table(region)
        checked = sum(price.checked for price in table.prices.values())
        count = f"{len(table.prices)} of {len(first.prices)}"
        yield f"| {region} | {table.date} | {count} | {checked} | {missing(first, table) or 'nothing'} |"


def _regions() -> list[str]:
    return [each.name[:-5] for each in files("pipeline.cost.prices").iterdir() if each.name.endswith(".toml")]


def missing(first: PriceTable, table: PriceTable) -> str:
    """Keys without a price in `table`; `x.*` where no key that starts so has one."""
    return ", ".join(f"`{name}`" for name in _shortest(list(first.prices), table.prices))


def _shortest(keys: list[str], priced: Collection[str]) -> Iterator[str]:
    """Keys that aren't priced, those of a service or of one of its kinds as one."""
    done: set[str] = set()
    for key in keys:
        if key in priced or key in done:
            continue
        for depth in (1, 2):
            start = ".".join(key.split(".")[:depth]) + "."
            alike = [each for each in keys if each.startswith(start)]
            if len(alike) > 1 and not any(each in priced for each in alike):
                done.update(alike)
                yield f"{start}*"
                break
        else:
            yield key


def main(path: Path = PATH) -> None:
    """Write the list into the document at `path`."""
    path.write_text(with_tables(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
