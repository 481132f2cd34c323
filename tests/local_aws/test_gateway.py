"""The gateway: one address on loopback, one account, bodies as they were sent, missing operations refused at once."""

from __future__ import annotations

import hashlib
import http.client
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from local_aws import Endpoint, endpoint_variables

Make = Callable[..., Any]


def addresses_listened_on(pids: tuple[int, ...]) -> set[str]:
    """Addresses on which these processes accept connections, from lsof or /proc."""
    if sys.platform != "linux":
        listed = subprocess.run(
            ["lsof", "-nP", "-a", "-iTCP", "-sTCP:LISTEN", "-p", ",".join(map(str, pids))],
            capture_output=True,
            text=True,
            check=True,
        )
        return {line.split()[8].rpartition(":")[0] for line in listed.stdout.splitlines()[1:]}
    inodes = {os.readlink(link) for pid in pids for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pids[0]}/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            field = line.split()
            if field[3] == "0A" and f"socket:[{field[9]}]" in inodes:
                found.add(field[1].partition(":")[0])
    return found


def test_nothing_listens_beyond_loopback(endpoint: Endpoint, client: Make) -> None:
    client("iot").list_things()  # loads the one service that has a listener of its own
    assert addresses_listened_on(endpoint.pids) == {"0100007F" if sys.platform == "linux" else "127.0.0.1"}


def test_an_open_listener_would_be_seen() -> None:
    with socket.create_server(("", 0)):
        assert addresses_listened_on((os.getpid(),)) & {"00000000", "*"}


def test_both_emulators_are_one_account(endpoint: Endpoint, client: Make) -> None:
    assert client("sts").get_caller_identity()["Account"] == endpoint.account_id  # ministack
    registry = client("ecr").describe_registry()["registryId"]  # moto
    assert registry == endpoint.account_id
    assert client("ec2").describe_vpcs()["Vpcs"][0]["OwnerId"] == endpoint.account_id


def test_regions_are_kept_apart(client: Make) -> None:
    client("sns", "us-east-1").create_topic(Name="here")
    assert client("sns", "eu-west-1").list_topics()["Topics"] == []


@pytest.mark.parametrize("size", [0, 70_000, 9_000_000])
def test_objects_come_back_as_they_were(client: Make, size: int) -> None:
    body = os.urandom(size)
    s3 = client("s3")
    s3.create_bucket(Bucket="bodies")
    s3.put_object(Bucket="bodies", Key="k", Body=body)
    assert s3.head_object(Bucket="bodies", Key="k")["ContentLength"] == size
    got = s3.get_object(Bucket="bodies", Key="k")["Body"].read()
    assert hashlib.sha256(got).digest() == hashlib.sha256(body).digest()


def test_a_chunked_body_arrives_whole(endpoint: Endpoint, client: Make) -> None:
    client("s3").create_bucket(Bucket="chunked")

    def parts() -> Iterator[bytes]:
        for number in range(200):
            yield bytes([number]) * 5000

    scope = f"AWS4-HMAC-SHA256 Credential={endpoint.account_id}/20260101/us-east-1/s3/aws4_request"
    connection = http.client.HTTPConnection(urlsplit(endpoint.url).netloc)
    connection.request("PUT", "/chunked/k", parts(), {"Authorization": scope}, encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()
    assert client("s3").get_object(Bucket="chunked", Key="k")["Body"].read() == b"".join(parts())


def test_a_conditional_write_is_refused_the_second_time(client: Make) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="locks")
    s3.put_object(Bucket="locks", Key="state.tflock", Body=b"1", IfNoneMatch="*")
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket="locks", Key="state.tflock", Body=b"2", IfNoneMatch="*")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("xray", "get_insight_summaries", {"StartTime": 0, "EndTime": 1}),
        ("securityhub", "list_invitations", {}),
        (
            "ce",
            "get_cost_forecast",
            {
                "TimePeriod": {"Start": "2026-01-01", "End": "2026-01-02"},
                "Metric": "UNBLENDED_COST",
                "Granularity": "DAILY",
            },
        ),
    ],
)
def test_what_no_emulator_can_do_fails_at_once_and_says_so(
    client: Make, service: str, operation: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(client(service), operation)(**arguments)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert refused.value.response["Error"]["Code"] == "NotImplementedByEmulator"
    assert service in refused.value.response["Error"]["Message"]


def test_it_is_the_proxy_of_hosts_that_begin_with_the_account(endpoint: Endpoint) -> None:
    assert endpoint_variables(endpoint)["HTTP_PROXY"] == endpoint.url
    connection = http.client.HTTPConnection(urlsplit(endpoint.url).netloc)
    connection.request("GET", f"http://{endpoint.account_id}.127.0.0.1:1/_local_aws/health")
    answer = connection.getresponse()
    assert (answer.status, endpoint.run_id in answer.read().decode()) == (200, True)
    connection.close()
