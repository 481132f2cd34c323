"""Make boto3 clients for an environment's account, with time limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from config import Environment

# With these limits, an address that never answers is an error within 40 seconds.
ATTEMPTS = 2
CONNECT_SECONDS, READ_SECONDS = 5, 15


def make_client(
    env: Environment, service: str, region: str, variables: Mapping[str, str], *, read_seconds: int | None = None
) -> Any:
    """boto3 client of a service in a region. An emulated environment's keys and address come from `variables`.

    With `read_seconds` it waits that long for an answer, and asks once: for calls that take minutes.
    """
    import boto3  # takes half a second
    from botocore.config import Config

    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL")
    keywords = dict(zip(("aws_access_key_id", "aws_secret_access_key", "endpoint_url"), names, strict=True))
    emulated = {key: variables[name] for key, name in keywords.items()} if env.emulated else {}
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds or READ_SECONDS,
        retries={"total_max_attempts": 1 if read_seconds else ATTEMPTS},
        tcp_keepalive=read_seconds is not None,
        s3={"addressing_style": "path"} if env.provider.s3_path_style else {},
    )
    return boto3.client(service, region_name=region, config=config, **emulated)
