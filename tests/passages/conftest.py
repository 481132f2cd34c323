"""A search domain on loopback, and its client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from passages.domain import Domain
from tests.support.loopback_domain import LoopbackDomain, client_of, serving


@pytest.fixture
def server() -> Iterator[LoopbackDomain]:
    with serving() as server:
        yield server


@pytest.fixture
def domain(server: LoopbackDomain) -> Domain:
    return client_of(server)
