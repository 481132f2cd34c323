"""One emulated AWS, shared by the tests that only send requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local_aws import Endpoint, start, stop
from local_aws.endpoint import RunFiles


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("local")


@pytest.fixture(scope="session")
def endpoint(run_folder: Path) -> Iterator[Endpoint]:
    yield start(run_folder)
    stop(run_folder)


@pytest.fixture(scope="session")
def certificate(endpoint: Endpoint, run_folder: Path) -> Path:
    """Certificate that clients of a search domain trust."""
    return RunFiles(run_folder).certificate


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
