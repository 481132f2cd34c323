"""What is told when AWS gives no answer: the end of the emulated AWS is known whatever was asked."""

from __future__ import annotations

import socket
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError

from pipeline.aws import NoAnswer, asked, asked_for, failed_to
from pipeline.errors import ExitCode, SitechatError


def nobody() -> str:
    """An address of loopback at which nobody listens any more."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def client(service: str) -> Any:
    """A client of an emulated AWS that has ended."""
    return boto3.client(
        service,
        endpoint_url=nobody(),
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=Config(retries={"total_max_attempts": 1}),
    )


def other(reason: NoAnswer) -> Exception:
    raise AssertionError(f"asked what to make of {reason.kind}")


QUESTIONS = {
    "s3": "list_buckets",
    "dynamodb": "list_tables",
    "ecs": "list_clusters",
    "resourcegroupstaggingapi": "get_resources",
}


@pytest.mark.parametrize("service", sorted(QUESTIONS))
@pytest.mark.parametrize("absent", [False, True])
def test_the_end_of_the_emulated_aws_is_told_whatever_was_asked(service: str, absent: bool) -> None:
    question = getattr(client(service), QUESTIONS[service])
    ask = partial(asked_for, absent=("404",)) if absent else asked
    with pytest.raises(SitechatError, match="the emulated AWS is down; what was in it is gone") as caught:
        ask(question, otherwise=other)
    assert caught.value.code is ExitCode.MISSING
    assert caught.value.hint.index("local up") < caught.value.hint.index("bootstrap")


def test_an_answer_that_breaks_off_is_an_end_as_well() -> None:
    def broken() -> None:
        raise ConnectionClosedError(endpoint_url="http://127.0.0.1:4566/bucket")

    with pytest.raises(SitechatError, match="emulated AWS is down"):
        asked(broken, otherwise=other)


@pytest.mark.parametrize("address", ["https://s3.us-east-1.amazonaws.com/", "https://127.0.0.1.example.org/"])
def test_an_address_of_aws_that_gives_no_answer_is_told_as_the_caller_says(address: str) -> None:
    def refused() -> None:
        raise EndpointConnectionError(endpoint_url=address)

    with pytest.raises(SitechatError, match="AWS can't be asked to look: EndpointConnectionError"):
        asked(refused, otherwise=failed_to("look"))
