from __future__ import annotations

from pathlib import Path

from config import reference
from tests.config.samples import fields


def test_checked_in_reference_is_current() -> None:
    assert reference.PATH.read_text(encoding="utf-8") == reference.render_reference(), "run: python -m config.reference"


def test_every_field_has_a_row_with_a_description() -> None:
    rows = [line for line in reference.render_reference().splitlines() if line.startswith("| `")]
    keys = [row.split("`")[1] for row in rows]
    assert set(keys) >= {location[-1] for location, _ in fields()}
    assert all(row.rstrip(" |").endswith(".") for row in rows)


def test_units_come_from_names() -> None:
    text = reference.render_reference()
    assert "| `memory_mib` | number | `512` | a whole number from 512 to 122880 | MiB |" in text
    assert "| `monthly_usd` | number | `100` | a whole number from 1 to 1000000 | USD |" in text


def test_main_writes_the_file(tmp_path: Path) -> None:
    contract = tmp_path / "contract.md"
    contract.write_text(reference.CONTRACT.read_text(encoding="utf-8"), encoding="utf-8")
    reference.main(tmp_path / "out.md", (contract,))
    assert (tmp_path / "out.md").read_text(encoding="utf-8") == reference.render_reference()
    assert contract.read_text(encoding="utf-8") == reference.CONTRACT.read_text(encoding="utf-8")
