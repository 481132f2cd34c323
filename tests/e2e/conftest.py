"""Background deployments: two take a quarter of an hour, so they start first and their tests run last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.e2e import production, search_domain
from tests.e2e.background import Background

OF_DOMAIN = ("test_search_domain.py",)
OF_PRODUCTION = ("test_every_type.py", "test_deployment_page.py")
# In the order in which they end.
JOINED_LAST = (*OF_PRODUCTION, *OF_DOMAIN)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the background deployments at the end, after markers have selected the tests to run."""
    place = {name: number for number, name in enumerate(JOINED_LAST, 1)}
    items.sort(key=lambda item: place.get(item.path.name, 0))


@pytest.fixture(scope="session", autouse=True)
def domain_in_background(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Background[search_domain.Deployed] | None]:
    """Deployment of the domain, begun with the first test of this folder; None where no selected test needs it."""
    with _begun(request, tmp_path_factory, OF_DOMAIN, search_domain.deploy) as background:
        yield background


@pytest.fixture(scope="session", autouse=True)
def production_in_background(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Background[production.Lived] | None]:
    """Deployment and destruction of a production environment, begun likewise."""
    with _begun(request, tmp_path_factory, OF_PRODUCTION, production.live) as background:
        yield background


@contextmanager
def _begun(
    request: pytest.FixtureRequest,
    folders: pytest.TempPathFactory,
    files: tuple[str, ...],
    work: Callable[[Background[Any]], Any],
) -> Iterator[Background[Any] | None]:
    if not any(item.path.name in files for item in request.session.items):
        yield None
        return
    background: Background[Any] = Background(folders.mktemp("background") / "sitechat", work)
    try:
        yield background
    finally:
        background.end()
