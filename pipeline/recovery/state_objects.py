"""List, read and write an environment's objects in the state bucket: states, their versions, digests and locks."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypedDict

from pipeline.aws import NoAnswer, asked, asked_for
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import Session

STATE = ".tfstate"
DIGEST_SUFFIX = "-md5"


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
    return {
        "known": dict.fromkeys(("NoSuchBucket", "ResourceNotFoundException"), missing),
        "otherwise": unasked_error,
    }


def unasked_error(reason: NoAnswer) -> SitechatError:
    """SitechatError (6) for a question of recovery that AWS didn't answer."""
    return SitechatError(f"AWS can't be asked what is left: {reason.text}", code=ExitCode.FAILED)


def list_state_objects(session: Session) -> list[str]:
    """List the keys of this environment's objects in the state bucket."""
    state = session.env.state_backend
    pages = session.client("s3").get_paginator("list_objects_v2")
    prefix = f"{state.project}/{state.env}/"
    answers = asked(lambda: list(pages.paginate(Bucket=state.bucket, Prefix=prefix)), **recovery_errors(session))
    return [each["Key"] for page in answers for each in page.get("Contents", ())]


def layer_of(key: str) -> str:
    """Name of the layer that a state or lock belongs to, from its object key or its row's id in the lock table."""
    return key.rpartition("/")[2].partition(".")[0]


def md5_of(content: bytes) -> str:
    """MD5 as Terraform's S3 backend writes it into the lock table."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class VersionEntry:
    """One version of an object, or a delete marker. `id` is "null" in a bucket that keeps no versions."""

    id: str
    time: str
    latest: bool
    marker: bool = False


@dataclass(frozen=True)
class StateStore:
    """States of an environment as objects with versions, and their digests, through clients that threads may share.

    Its methods raise SitechatError: 3 without bucket or table, 6 when AWS can't be asked.
    """

    session: Session
    s3: Any = field(repr=False)
    table: Any = field(repr=False)

    @classmethod
    def of(cls, session: Session) -> StateStore:
        """The store of a session's environment."""
        return cls(session, session.client("s3"), session.client("dynamodb"))

    @property
    def bucket(self) -> str:
        """The state bucket."""
        return self.session.env.state_backend.bucket

    @property
    def keeps_digests(self) -> bool:
        """Whether the lock table, and with it each state's digest, is in use."""
        return self.session.env.state.lock != "s3"

    def versions(self, prefix: str) -> dict[str, list[VersionEntry]]:
        """Versions and delete markers of all states below `prefix`, newest first, by key."""
        pages = self.s3.get_paginator("list_object_versions")
        answers = asked(
            lambda: list(pages.paginate(Bucket=self.bucket, Prefix=prefix)), **recovery_errors(self.session)
        )
        found: dict[str, list[tuple[bool, str, VersionEntry]]] = defaultdict(list)
        for page in answers:
            for section in ("Versions", "DeleteMarkers"):
                for each in page.get(section, ()):
                    if each["Key"].endswith(STATE):
                        time = each["LastModified"].strftime("%Y-%m-%dT%H:%M:%SZ")
                        latest = bool(each["IsLatest"])
                        entry = VersionEntry(each["VersionId"], time, latest, section == "DeleteMarkers")
                        found[each["Key"]].append((latest, each["LastModified"].isoformat(), entry))
        # Sorting is stable: S3 lists the newest of one second first.
        return {
            key: [entry for *_, entry in sorted(entries, key=lambda each: each[:2], reverse=True)]
            for key, entries in found.items()
        }

    def read(self, key: str, version: str = "") -> bytes | None:
        """Content of an object, or of one version of it; None where there is none."""
        which = {"VersionId": version} if version and version != "null" else {}

        def download() -> bytes:
            return bytes(self.s3.get_object(Bucket=self.bucket, Key=key, **which)["Body"].read())

        absent = ("NoSuchKey", "NoSuchVersion", "MethodNotAllowed")
        return asked_for(download, absent=absent, otherwise=unasked_error)

    def digest(self, key: str) -> str:
        """MD5 that the lock table remembers for a state; empty where there is no row."""
        answer = asked(
            partial(
                self.table.get_item,
                TableName=self.session.env.state_backend.table,
                Key={"LockID": {"S": f"{self.bucket}/{key}{DIGEST_SUFFIX}"}},
                ConsistentRead=True,
            ),
            **recovery_errors(self.session),
        )
        return str(answer.get("Item", {}).get("Digest", {}).get("S", ""))

    def write(self, key: str, content: bytes, backend: Mapping[str, Any]) -> None:
        """Put a new version of a state; older ones stay. Encrypted as the backend's settings say."""
        asked(
            partial(
                self.s3.put_object,
                Bucket=self.bucket,
                Key=key,
                Body=content,
                ContentType="application/json",
                **_encryption(backend),
            ),
            **recovery_errors(self.session),
        )

    def write_digest(self, key: str, content: bytes) -> None:
        """Enter the MD5 of a state into the lock table."""
        item = {"LockID": {"S": f"{self.bucket}/{key}{DIGEST_SUFFIX}"}, "Digest": {"S": md5_of(content)}}
        table = self.session.env.state_backend.table
        asked(partial(self.table.put_item, TableName=table, Item=item), **recovery_errors(self.session))


def _encryption(backend: Mapping[str, Any]) -> dict[str, str]:
    """Encryption of what is put, as Terraform's backend asks for it."""
    if key := backend.get("kms_key_id"):
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": str(key)}
    return {"ServerSideEncryption": "AES256"} if backend.get("encrypt") else {}
