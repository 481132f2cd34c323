"""Every flip of production, and the schema they come from, asked of the provider itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.assurance.flips import schema
from tools.assurance.flips.__main__ import provided
from tools.assurance.flips.document import document, path
from tools.assurance.flips.survey import FlippedEnvironment, flips, outcomes, survivors, synthesised

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("flips")


@pytest.fixture(scope="module")
def subjects(folder: Path) -> list[FlippedEnvironment]:
    return synthesised(folder)


def test_the_schema_is_the_providers(subjects: list[FlippedEnvironment], folder: Path) -> None:
    assert sorted(map(str, provided(subjects, folder))) == sorted(map(str, schema.read())), (
        "run `python -m tools.assurance.flips --refresh`"
    )


def test_nineteen_in_twenty_are_caught_by_name_and_the_rest_is_listed(subjects: list[FlippedEnvironment]) -> None:
    found = list(outcomes(flips(subjects, schema.read())))
    caught = [each for each in found if each.caught]
    assert len(found) >= 100
    assert len(caught) >= 0.95 * len(found)
    assert {each.flip.id for each in found if not each.caught} == set(survivors())
    assert path().read_text(encoding="utf-8") == document(found, survivors()), "run `python -m tools.assurance.flips`"
