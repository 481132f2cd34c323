"""List and read an environment's objects in the state bucket: states and locks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypedDict

from pipeline.aws import NoAnswer, asked
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import Session


class ErrorMapping(TypedDict):
    """Keyword arguments of `asked`: the SitechatError for each kind of failure."""

    known: Mapping[str, Exception]
    otherwise: Callable[[NoAnswer], Exception]


def recovery_errors(session: Session) -> ErrorMapping:
    """The error mapping of recovery: SitechatError (3) without a state bucket or table, (6) when AWS can't be asked."""
    missing = SitechatError(
        f"{session.env.name} has no state bucket or no lock table",
        hint=f"Create them with `sitechat bootstrap --env {session.env_ref}`.",
        code=ExitCode.MISSING,
    )

    def unasked(reason: NoAnswer) -> SitechatError:
        return SitechatError(f"AWS can't be asked what is left: {reason.text}", code=ExitCode.FAILED)

    return {"known": dict.fromkeys(("NoSuchBucket", "ResourceNotFoundException"), missing), "otherwise": unasked}


def list_state_objects(session: Session) -> list[str]:
    """List the keys of this environment's objects in the state bucket."""
    state = session.env.state_backend
    pages = session.client("s3").get_paginator("list_objects_v2")
    prefix = f"{state.project}/{state.env}/"
    answers = asked(lambda: list(pages.paginate(Bucket=state.bucket, Prefix=prefix)), **recovery_errors(session))
    return [each["Key"] for page in answers for each in page.get("Contents", ())]


def read_object(session: Session, key: str) -> str:
    """Read the text of an object in the state bucket."""
    bucket = session.env.state_backend.bucket
    s3 = session.client("s3")
    return str(asked(lambda: s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode(), **recovery_errors(session)))


def layer_of(key: str) -> str:
    """Name of the layer that a state or lock belongs to, from its object key or its row's id in the lock table."""
    return key.rpartition("/")[2].partition(".")[0]
