"""Publish bundles to the state bucket and fetch them: one machine plans, another applies.

Plans hold values in clear text, so they are kept like states: same KMS key, same access, deleted after a day or two.
A fetched bundle isn't trusted: its files must match the seal, and the seal must match the id that was reviewed.
"""

from __future__ import annotations

import io
import re
import secrets
import shutil
import zipfile
from pathlib import Path, PurePosixPath

from pipeline.aws import NoAnswer, asked, asked_for
from pipeline.bundle import store
from pipeline.bundle.checks import Refusal, check_content, raise_refusals
from pipeline.bundle.store import StoredBundle
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import Session
from pipeline.work import private_dir, write_private

# Key prefix of bundles; the backend's lifecycle rule deletes what is below it.
PREFIX = "bundles"
# The plans of a whole environment are a few megabytes; a larger object is no bundle.
LIMIT_BYTES = 256 * 2**20
_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{16}")


def object_key(session: Session, bundle: str) -> str:
    """Key of a bundle in the state bucket."""
    return f"{PREFIX}/{session.env.project}/{session.env.name}/{bundle}.zip"


def publish_bundle(session: Session, folder: Path) -> str:
    """Upload a bundle to the state bucket, which encrypts it with its KMS key; returns the object's key."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.writestr(zipfile.ZipInfo(path.relative_to(folder).as_posix()), path.read_bytes())
    env, key = session.env, object_key(session, folder.name)

    def unpublished(reason: NoAnswer) -> SitechatError:
        return SitechatError(
            f"bundle {folder.name} can't be published: {reason.text}",
            hint="It is still here, and can be applied from here.",
            code=ExitCode.FAILED,
        )

    asked(
        session.client("s3").put_object,
        otherwise=unpublished,
        Bucket=env.state_backend.bucket,
        Key=key,
        Body=packed.getvalue(),
        ExpectedBucketOwner=env.account_id,
    )
    return key


def fetch_bundle(session: Session, bundle: str) -> StoredBundle:
    """Read a bundle by its id or "latest": from this machine, else from the state bucket ("latest": this machine only).

    Raises SitechatError: 2 when it is in neither, 5 for an object that isn't the bundle of that id, 6 when the bucket
    can't be asked.
    """
    fetch_published(session, bundle)
    env_name = session.env.name
    return store.read_bundle(store.find_bundle(session.work.bundles(env_name), bundle), env_name)


def fetch_published(session: Session, bundle: str) -> None:
    """Download a published bundle into the work folder. Does nothing when it is there, or was never published."""
    folder = session.work.bundles(session.env.name)
    if not _ID.fullmatch(bundle) or (folder / bundle).exists():
        return
    packed = _download_archive(session, bundle)
    if packed is None:
        return
    arriving = private_dir(private_dir(folder) / f".fetching-{secrets.token_hex(4)}")
    try:
        _unpack_archive(packed, arriving)
        found = store.read_sealed(arriving)
        raise_refusals(check_content(*found, bundle, store.file_hashes(arriving)), session.env.name)
        arriving.rename(folder / bundle)
    finally:
        shutil.rmtree(arriving, ignore_errors=True)


def _download_archive(session: Session, bundle: str) -> bytes | None:
    env, s3 = session.env, session.client("s3")
    place = {"Bucket": env.state_backend.bucket, "Key": object_key(session, bundle)}

    def unreachable(reason: NoAnswer) -> SitechatError:
        return SitechatError(
            f"bundle {bundle} is not here, and the state bucket can't be asked for it: {reason.text}",
            hint="Check that these credentials may read the state bucket.",
            code=ExitCode.FAILED,
        )

    def download() -> bytes:
        answer = s3.get_object(**place, ExpectedBucketOwner=env.account_id)
        if answer["ContentLength"] > LIMIT_BYTES:
            raise_refusals([Refusal("archive", f"is larger than {LIMIT_BYTES} bytes")], env.name)
        return bytes(answer["Body"].read())

    return asked_for(download, absent=("NoSuchKey", "NoSuchBucket", "404"), otherwise=unreachable)


def _unpack_archive(packed: bytes, target: Path) -> None:
    """Unpack an archive below `target`. Raises SitechatError (5) for one that is too large or leads out of it."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > LIMIT_BYTES:
                raise ValueError(f"holds more than {LIMIT_BYTES} bytes")
            for member in members:
                path = PurePosixPath(member.filename)
                if path.is_absolute() or ".." in path.parts or "\\" in member.filename:
                    raise ValueError(f"holds a path that leads out of it: {member.filename!r}")
                write_private(target / path, archive.read(member))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError, EOFError) as error:
        raise SitechatError(
            f"bundle refused, nothing was applied:\n  archive: {error}",
            hint="Plan again with `sitechat plan`.",
            code=ExitCode.REFUSED,
        ) from None
