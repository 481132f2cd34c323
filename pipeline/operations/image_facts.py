"""What `sitechat image status` shows of an image: findings, where it runs, ages, signature, list of packages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pipeline.aws import NoAnswer, asked, failed_to
from pipeline.errors import SitechatError
from pipeline.operations.contents import find_referrers, read_manifest
from pipeline.operations.findings import Review, review_image
from pipeline.operations.manifests import UnknownFormError, table, tables
from pipeline.operations.promotion import image_configuration
from pipeline.operations.registry import DeployedRepository, RegistryImage
from pipeline.operations.releases.images import find_image, running_reference
from pipeline.operations.sbom import is_sbom
from pipeline.session import Session

_BASE = "org.opencontainers.image.base."
# Signatures of Notation, which AWS Signer makes, and of cosign.
SIGNATURES = ("application/vnd.cncf.notary.signature", "application/vnd.dev.cosign.artifact.sig.v1+json")
AT_ONCE = 8
UNKNOWN = "the registry doesn't say"


@dataclass(frozen=True)
class ImageFacts:
    """Facts of an image. Times are None and texts empty where nothing says them.

    `built` and `base_built` are what the image says of itself: with SOURCE_DATE_EPOCH the time of its commit.
    """

    image: RegistryImage
    review: Review
    runs_in: tuple[str, ...] = ()
    built: datetime | None = None
    base: str = ""
    base_built: datetime | None = None
    signature: str = ""
    sbom: str = ""

    def to_dict(self, now: datetime) -> dict[str, Any]:
        """The facts as plain data, but for what lists of images had before."""
        return {
            "findings": self.review.to_dict(),
            "runs_in": list(self.runs_in),
            "built": self.built.isoformat() if self.built else None,
            "age_days": age_days(self.built or self.image.pushed, now),
            "base": self.base or None,
            "base_built": self.base_built.isoformat() if self.base_built else None,
            "base_age_days": age_days(self.base_built, now) if self.base_built else None,
            "signature": self.signature,
            "sbom": self.sbom or None,
        }


def age_days(since: datetime, now: datetime) -> int:
    """Whole days since then; AWS's times have a zone."""
    return max(0, (now - since).days)


def gather_facts(session: Session, repository: DeployedRepository, images: Sequence[RegistryImage]) -> list[ImageFacts]:
    """Facts of some images, without where they run. Raises SitechatError (6)."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda image: _facts(session, repository, image), images))


def find_running(session: Session, others: Sequence[Session]) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Environments by the digest that runs in each, and why some of them couldn't be looked at."""
    running: dict[str, tuple[str, ...]] = {}
    left_out: dict[str, str] = {}
    for each in (session, *others):
        try:
            digest = _running(each)
        except SitechatError as error:
            left_out[each.env.name] = error.message
            continue
        if digest:
            running[digest] = (*running.get(digest, ()), each.env.name)
    return running, left_out


def neighbours(session: Session) -> tuple[list[Session], dict[str, str]]:
    """Sessions of the other environments that these credentials reach, and of those that they don't, the account."""
    from config import ConfigError, environment_names, load

    reached, elsewhere = [], {}
    for name in environment_names():
        if name == session.env.name:
            continue
        try:
            env = load(name)
        except ConfigError:
            elsewhere[name] = "its file has mistakes"
            continue
        if env.emulated != session.env.emulated or env.account_is_placeholder:
            continue
        if env.account_id != session.env.account_id:
            elsewhere[name] = f"it lives in account {env.account_id}"
        else:
            reached.append(replace(session, env=env, env_ref=name))
    return reached, elsewhere


def _running(session: Session) -> str:
    """Digest of the image that runs in an environment; empty where none does."""
    reference = running_reference(session)
    return reference if not reference or reference.startswith("sha256:") else find_image(session, reference)[1].digest


def _facts(session: Session, repository: DeployedRepository, image: RegistryImage) -> ImageFacts:
    found = review_image(session, repository, image.digest)
    manifest, configuration = _described(repository, found.images[0] if found.images else image.digest)
    referrers = find_referrers(repository, image.digest)
    built = _time(configuration.get("created"))
    labels, annotations = table(table(configuration.get("config")).get("Labels")), table(manifest.get("annotations"))
    named = (labels.get(f"{_BASE}{key}") or annotations.get(f"{_BASE}{key}") for key in ("name", "digest"))
    based = "@".join(str(each) for each in named if each)
    sboms = [each.digest for each in referrers or () if is_sbom(each)]
    return ImageFacts(
        image=image,
        review=found,
        built=built,
        base=based,
        base_built=_base_built(list(tables(configuration.get("history"))), built) if based else None,
        signature=_signature(repository, image.digest, [each.artifact_type for each in referrers or ()]),
        sbom=UNKNOWN if referrers is None else (sboms[0] if sboms else ""),
    )


def _described(repository: DeployedRepository, digest: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """An image's manifest and configuration, empty where their form is unknown. Raises SitechatError (6)."""
    try:
        manifest = read_manifest(repository, digest)
    except UnknownFormError:
        return {}, {}
    try:
        return manifest.content, image_configuration(repository, manifest)
    except SitechatError:
        return manifest.content, {}


def _base_built(history: Sequence[Mapping[str, Any]], built: datetime | None) -> datetime | None:
    """When the base image was built: the newest step that the image's own build didn't date.

    A build with SOURCE_DATE_EPOCH gives all of its own steps, and the image, one time. In another one nothing tells
    the base's steps from its own.
    """
    times = [_time(each.get("created")) for each in history]
    if built is None or not times or times[-1] != built:
        return None
    return max((each for each in times if each is not None and each < built), default=None)


def _time(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class _SilentError(Exception):
    """Raised where the registry refuses to say."""


def _signature(repository: DeployedRepository, digest: str, artifact_types: Sequence[str]) -> str:
    """What the registry says of signatures. It signs and stores them; nobody has verified one here."""

    def otherwise(reason: NoAnswer) -> Exception:
        return _SilentError() if reason.refused else failed_to(f"say whether {digest} is signed")(reason)

    attached = any(each in SIGNATURES for each in artifact_types)
    try:
        answer = asked(
            repository.client.describe_image_signing_status,
            otherwise=otherwise,
            repositoryName=repository.name,
            imageId={"imageDigest": digest},
        )
    except _SilentError:
        return "attached, not verified here" if attached else UNKNOWN
    told = list(_told(answer.get("signingStatuses", ())))
    return ", ".join(told) if told else ("attached, not verified here" if attached else "none")


def _told(statuses: Sequence[Mapping[str, str]]) -> Iterator[str]:
    """One text a signing profile."""
    words = {"COMPLETE": "signed", "IN_PROGRESS": "being signed", "FAILED": "signing failed"}
    for each in statuses:
        profile = each.get("signingProfileArn", "").rpartition("/")[2]
        reason = f" ({each['failureReason']})" if each.get("failureReason") else ""
        status = each.get("status", "")
        yield f"{words.get(status, status)} by {profile or 'an unnamed profile'}{reason}"
