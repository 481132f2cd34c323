"""The OpenSearch domain takes ten minutes of waiting: it starts first, in the background, and is joined last."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.background import Background
from tests.e2e.search_domain import Deployed, deploy

JOINED_LAST = "test_search_domain.py"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the domain at the end. After the selection by markers, so that `items` are those that run."""
    items.sort(key=lambda item: item.path.name == JOINED_LAST)


@pytest.fixture(scope="session", autouse=True)
def domain_in_background(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Background[Deployed] | None]:
    """The deployment of the domain, begun when the first test of this folder begins; None where nobody asks for it."""
    if not any(item.path.name == JOINED_LAST for item in request.session.items):
        yield None
        return
    background = Background(tmp_path_factory.mktemp("background") / "sitechat", deploy)
    try:
        yield background
    finally:
        background.end()
