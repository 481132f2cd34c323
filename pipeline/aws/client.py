"""Make boto3 clients for an environment's account, with time limits."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from config import Environment

# With these limits, an address that never answers is an error within 40 seconds.
ATTEMPTS = 2
CONNECT_SECONDS, READ_SECONDS = 5, 15
# Operations younger than the pinned botocore, as AWS's service model has them; read beside its own models.
NEWER = Path(__file__).with_name("newer")
PROFILE = "AWS_PROFILE"
# Credentials of the environment's variables, which come before those of a profile that isn't named in code.
CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


def make_client(
    env: Environment, service: str, region: str, variables: Mapping[str, str], *, read_seconds: int | None = None
) -> Any:
    """boto3 client of a service in a region. An emulated environment's keys and address come from `variables`.

    With `read_seconds` it waits that long for an answer, and asks once: for calls that take minutes. A profile in
    `variables` that isn't this process's own is the one whose credentials are used.
    """
    import boto3  # takes half a second
    from botocore.config import Config
    from botocore.session import Session

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
    profile = variables.get(PROFILE)
    other = profile if not env.emulated and profile != os.environ.get(PROFILE) else None
    if other is None and not (NEWER / service).is_dir():
        return boto3.client(service, region_name=region, config=config, **emulated)
    core = Session(profile=other)
    core.get_component("data_loader").search_paths.append(str(NEWER))
    return boto3.Session(botocore_session=core).client(service, region_name=region, config=config, **emulated)


def with_profile(variables: Mapping[str, str], profile: str) -> dict[str, str]:
    """Variables with which clients and child processes use the credentials of a profile and no others."""
    return {name: value for name, value in variables.items() if name not in CREDENTIALS} | {PROFILE: profile}
