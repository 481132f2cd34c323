"""Deployments that several files share, and the order in which workers take the files: what waits longest begins first.

With xdist (`--dist loadgroup`) a file stays on one worker, and so do all files that share a deployment.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import production
from tests.e2e.checkout import checkout

# Files whose tests look at one deployment of a production environment.
OF_PRODUCTION = ("test_every_type.py", "test_deployment_page.py")
# Mostly waiting, some for a quarter of an hour; the others follow, in the order of their names.
LONGEST = (
    "test_search_domain.py",
    *OF_PRODUCTION,
    "test_state_forgot_resources.py",
    "test_ci.py",
    "test_deployment.py",
    "test_stock_cdktf.py",
    "test_signed_code.py",
)
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests by file, and those of production together; the longest groups come first."""
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(
        key=lambda item: place.get(item.path.name, len(LONGEST)) if item.path.parent == HERE else len(LONGEST) + 1
    )
    for item in items:
        group = "production" if item.path.name in OF_PRODUCTION else item.path.stem
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[production.Lived]:
    """Deployment and destruction of a production environment, as docs/deployment.md says."""
    with checkout(tmp_path_factory.mktemp("production") / "sitechat") as made:
        yield production.live(made)
