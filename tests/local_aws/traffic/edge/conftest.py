"""The deployed `local` environment, behind fake origins."""

from __future__ import annotations

import pytest

from tests.local_aws.traffic.edge.fakes import Site


@pytest.fixture
def site() -> Site:
    return Site()
