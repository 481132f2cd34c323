"""One emulated AWS for the tests that only ask it something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local_aws import Endpoint, start, stop


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder: Path = tmp_path_factory.mktemp("local")
    yield start(folder)
    stop(folder)


@pytest.fixture
def client(endpoint: Endpoint) -> Callable[..., Any]:
    """boto3 clients of the emulated AWS that never repeat a request."""

    def make(service: str, region: str = "us-east-1") -> Any:
        return boto3.client(
            service,
            endpoint_url=endpoint.url,
            region_name=region,
            aws_access_key_id=endpoint.account_id,
            aws_secret_access_key="emulated",
            config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
        )

    return make
