"""Fixtures of an AWS account for the doctor: the emulated AWS, with stubbed answers for operations that it lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.stub import Stubber

from pipeline.doctor.account.asking import Account as Asked
from pipeline.session import open_session
from tests.pipeline.operations.support import Account

Describe = Callable[..., Asked]


@pytest.fixture
def describe(account: Account) -> Describe:
    """Make the doctor's `Account` for an environment file with these additional lines."""

    def made(text: str = "") -> Asked:
        account.file.write_text(f'account_id = "{account.endpoint.account_id}"\n{text}')
        return Asked(open_session(str(account.file), needs_terraform=False))

    return made


def answers(asked: Asked, service: str, *given: tuple[str, Mapping[str, Any]]) -> None:
    """Stub answers of `service` to these operations, in this order; botocore validates them by AWS's service model."""
    stubber = Stubber(asked.client(service))
    for operation, answer in given:
        stubber.add_response(operation, answer)
    stubber.activate()
