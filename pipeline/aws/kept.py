"""Records kept beside an environment's states: JSON objects `PROJECT/ENV/FOLDER/ID.json` in the state bucket.

So whoever may read the states sees them, from any machine and from CI; the bucket encrypts them with the states' key.
An id begins with the time, so that names sort by age: 20260131T120000Z-0123456789abcdef.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from config.secret_text import secret_kind
from pipeline.aws.asking import NoAnswer, asked, asked_for, failed_to

# What is kept. Older records, and those beyond the newest, are deleted when one is written; the bucket keeps
# deleted versions for `state.noncurrent_days`.
KEPT_NUMBER = 500
KEPT_DAYS = 400
# Bytes of a record as it is stored; a larger object isn't read.
LIMIT_BYTES = 64 * 1024
# Digits that tell two records of the same second apart; characters of an error, and of a name.
ID_DIGITS = 16
ERROR_LENGTH = 300
NAME_LENGTH = 128
ID = re.compile(rf"\d{{8}}T\d{{6}}Z-[0-9a-f]{{{ID_DIGITS}}}")
_READERS = 8
_MAIL = re.compile(r"@[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True)
class Unreadable:
    """A record that can't be read, with the reason."""

    id: str
    reason: str


@dataclass(frozen=True)
class KeptRecords:
    """The records of one kind of an environment. `what` is how messages call them, such as "the history".

    `client` is of S3 in the bucket's region; `no_bucket` is raised where there is no state bucket.
    """

    client: Any
    bucket: str
    account: str
    prefix: str
    what: str
    no_bucket: Exception

    def key(self, record_id: str) -> str:
        """Key of a record in the bucket."""
        return f"{self.prefix}{record_id}.json"

    def write(self, record_id: str, text: bytes) -> None:
        """Store a record, in place of the same one as it was before. Raises SitechatError: 3 without a bucket, 6."""
        asked(
            self.client.put_object,
            otherwise=failed_to(f"write {self.what}"),
            known={"NoSuchBucket": self.no_bucket},
            **self._bucket,
            Key=self.key(record_id),
            Body=text,
            ContentType="application/json",
        )

    def delete(self, record_id: str) -> None:
        """Delete a record. Raises SitechatError (6)."""
        otherwise = failed_to(f"delete from {self.what}")
        asked(self.client.delete_object, otherwise=otherwise, **self._bucket, Key=self.key(record_id))

    def delete_old(self, today: datetime) -> int:
        """Delete records beyond the newest KEPT_NUMBER, and those older than KEPT_DAYS; return how many.

        Raises SitechatError (6).
        """
        doing = f"delete old records of {self.what}"
        old = too_old(self.ids(), today)
        for first in range(0, len(old), 1000):  # as many as S3 deletes in one request
            doomed = [{"Key": self.key(each)} for each in old[first : first + 1000]]
            answer = asked(
                self.client.delete_objects,
                otherwise=failed_to(doing),
                **self._bucket,
                Delete={"Objects": doomed, "Quiet": True},
            )
            if refused := answer.get("Errors"):
                code = str(refused[0].get("Code", ""))
                raise failed_to(doing)(NoAnswer(code or "an error", "", "", "", ""))
        return len(old)

    def ids(self) -> tuple[str, ...]:
        """Ids of all records, the newest first. Raises SitechatError: 3 without a state bucket, 6 for no answer."""
        pages = self.client.get_paginator("list_objects_v2")
        answers = asked(
            lambda: list(pages.paginate(**self._bucket, Prefix=self.prefix)),
            known={"NoSuchBucket": self.no_bucket},
            otherwise=failed_to(f"list {self.what}"),
        )
        names = (each["Key"].removeprefix(self.prefix) for page in answers for each in page.get("Contents", ()))
        found = (name.removesuffix(".json") for name in names if name.endswith(".json"))
        return tuple(sorted(filter(ID.fullmatch, found), reverse=True))

    def read(self, ids: Sequence[str]) -> tuple[bytes | Unreadable, ...]:
        """Texts of these records, in their order. Raises SitechatError (6) when the bucket can't be asked."""
        if not ids:
            return ()
        with ThreadPoolExecutor(min(_READERS, len(ids))) as pool:
            return tuple(pool.map(self._read, ids))

    def _read(self, record_id: str) -> bytes | Unreadable:
        def get() -> bytes | None:
            answer = self.client.get_object(**self._bucket, Key=self.key(record_id))
            return None if answer["ContentLength"] > LIMIT_BYTES else bytes(answer["Body"].read())

        found = asked_for(lambda: (get(),), absent=("NoSuchKey", "404"), otherwise=failed_to(f"read {self.what}"))
        if found is None:
            return Unreadable(record_id, "it was deleted just now")
        return Unreadable(record_id, f"it is larger than {LIMIT_BYTES} bytes") if found[0] is None else found[0]

    @property
    def _bucket(self) -> dict[str, Any]:
        return {"Bucket": self.bucket, "ExpectedBucketOwner": self.account}


def too_old(ids: Collection[str], today: datetime) -> list[str]:
    """Ids to delete, of ids in their order, the newest first."""
    last = _moment(today - timedelta(days=KEPT_DAYS))
    return [each for number, each in enumerate(ids) if number >= KEPT_NUMBER or each.partition("-")[0] < last]


def new_id(begun: datetime) -> str:
    """Id of a record: when it was begun, and chance."""
    return f"{_moment(begun)}-{secrets.token_hex(ID_DIGITS // 2)}"


def caller_names(arn: str) -> tuple[str, str]:
    """Role and session name of a caller, from the ARN that STS gives; a user's name stands for the role.

    A session name that is a mail address, as sign-in services make it, is cut at the @.
    """
    kind, _, path = arn.rpartition(":")[2].partition("/")
    if kind == "assumed-role":
        role, _, session = path.partition("/")
    else:
        role, session = f"{kind} {path.rpartition('/')[2]}".strip(), ""
    return _name(role), _name(session)


def error_line(error: BaseException) -> str:
    """An error on one line of at most ERROR_LENGTH characters; withheld where it holds a secret, without addresses."""
    text = " ".join((str(error) or type(error).__name__).split())
    if kind := secret_kind(text):
        return f"(not kept: it holds {kind})"
    text = _MAIL.sub("@…", text)
    return text if len(text) <= ERROR_LENGTH else f"{text[: ERROR_LENGTH - 1]}…"


def _name(text: str) -> str:
    return text.partition("@")[0][:NAME_LENGTH]


def _moment(when: datetime) -> str:
    return f"{when:%Y%m%dT%H%M%SZ}"
