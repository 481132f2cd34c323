"""Flips of production, all tried, and the schema they come from, compared with the provider's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.assurance.flips import schema
from tools.assurance.flips.__main__ import provider_arguments
from tools.assurance.flips.document import flips_markdown, flips_page
from tools.assurance.flips.survey import FlippedEnvironment, flips, outcomes, survivors, synthesise_environments

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("flips")


@pytest.fixture(scope="module")
def subjects(folder: Path) -> list[FlippedEnvironment]:
    return synthesise_environments(folder)


def test_the_schema_is_the_providers(subjects: list[FlippedEnvironment], folder: Path) -> None:
    assert sorted(map(str, provider_arguments(subjects, folder))) == sorted(map(str, schema.read_schema())), (
        "run `python -m tools.assurance.flips --refresh`"
    )


def test_nineteen_in_twenty_are_caught_by_name_and_the_rest_is_listed(subjects: list[FlippedEnvironment]) -> None:
    found = list(outcomes(flips(subjects, schema.read_schema())))
    caught = [each for each in found if each.caught]
    assert len(found) >= 100
    assert len(caught) >= 0.95 * len(found)
    assert {each.flip.id for each in found if not each.caught} == set(survivors())
    assert flips_page().read_text(encoding="utf-8") == flips_markdown(found, survivors()), (
        "run `python -m tools.assurance.flips`"
    )
