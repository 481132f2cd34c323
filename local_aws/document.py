"""Writes the tables in docs/emulation.md anew: `python -m local_aws.document`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from local_aws.coverage import FORGOTTEN, UNCOVERED, UNPROVEN
from local_aws.duplicates import DUPLICATES
from local_aws.routes import MOTO
from local_aws.shims import all_shims
from local_aws.shims.base import Shim
from local_aws.shims.forgotten_settings import ForgottenSettings

PATH = Path(__file__).resolve().parent.parent / "docs" / "emulation.md"
_BLOCK = re.compile(r"(<!-- tables: [^\n]*-->\n).*?(<!-- end of tables -->)", re.DOTALL)
_NONE = "None."


def with_tables(text: str) -> str:
    """The document with new tables between its marks."""
    tables = "\n".join(_tables())
    return _BLOCK.sub(lambda found: f"{found[1]}\n{tables}\n\n{found[2]}", text)


def _tables() -> Iterator[str]:
    yield f"### Resource types that can't be applied ({len(UNCOVERED)})\n"
    yield from _table("type", "why", UNCOVERED)
    yield f"\n### Attributes that don't come back ({len(FORGOTTEN)})\n"
    yield from _table("attribute", "what happens, and what to do", FORGOTTEN)
    yield f"\n### What exists and doesn't act ({len(UNPROVEN)})\n"
    yield from _table("what", "as far as it goes", UNPROVEN, quoted=False)
    gaps = {service: _gap(shim) for service, shim in all_shims().items()}
    yield f"\n### Filled in here ({len(gaps)})\n"
    yield from _table("service", "the gap", dict(sorted(gaps.items())))
    yield f"\n### Refused as AWS does ({len(DUPLICATES)})\n"
    yield "What exists is never made twice: these the emulators would make, all others they refuse by themselves.\n"
    yield from _table(
        "operation", "what, and how", {f"{each.service} {each.operation}": each.words for each in DUPLICATES}
    )
    yield f"\n### Answered by moto ({len(MOTO)}), all else by ministack\n"
    yield from _table("service", "why", MOTO)


def _table(name: str, value: str, rows: Mapping[str, str], *, quoted: bool = True) -> Iterator[str]:
    if not rows:
        yield _NONE
        return
    yield f"| {name} | {value} |\n|---|---|"
    yield from (f"| {f'`{key}`' if quoted else key} | {reason} |" for key, reason in rows.items())


def _gap(shim: Shim) -> str:
    """The gap a shim fills: the docstring of its file, or of the class where several share a file."""
    said = type(shim).__doc__ if isinstance(shim, ForgottenSettings) else sys.modules[type(shim).__module__].__doc__
    return " ".join((said or "").partition("\n\n")[0].split()).rstrip(".")


if __name__ == "__main__":
    PATH.write_text(with_tables(PATH.read_text(encoding="utf-8")), encoding="utf-8")
