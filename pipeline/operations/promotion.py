"""Take an image from one environment's repository to another's: the same digest, no build, no Docker.

The manifest and everything it names are copied by ECR's API, an index with all its images, and with it what refers to
the image: signatures and lists of packages. Both registries answer to credentials of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Any

from config.sections.image import RELEASED
from pipeline.console import StepProgress, err, step
from pipeline.errors import ExitCode, SitechatError, again, counted
from pipeline.operations.contents import (
    find_referrers,
    missing_blobs,
    open_blob,
    put_blob,
    put_manifest,
    read_blob,
    read_manifest,
)
from pipeline.operations.docker import PLATFORMS
from pipeline.operations.findings import Review, platform_of, review_image, stop_on_findings
from pipeline.operations.manifests import Manifest, UnknownFormError, parsed, table
from pipeline.operations.registry import DeployedRepository, RegistryImage, find_repository
from pipeline.operations.releases.images import find_image, running_reference
from pipeline.session import Session


@dataclass(frozen=True)
class Promoted:
    """A promoted image: where it is now, under which tag, and how much had to be copied.

    `left_behind` are digests of what refers to it in a form that isn't known.
    """

    uri: str
    tag: str
    digest: str
    blobs: int
    size: int
    referrers: int
    review: Review
    left_behind: tuple[str, ...] = ()

    @property
    def copied(self) -> bool:
        """Whether anything had to be copied."""
        return bool(self.blobs or self.referrers)


def promote_image(source: Session, target: Session, wanted: str | None) -> Promoted:
    """Copy an image, by default what runs, from the repository of `source` to that of `target`.

    Raises SitechatError: 2 for one environment twice, and for an image that isn't there or that tasks of the target
    can't run, 3 without a repository, 4 for findings that stop a release in the target, 5 where its tag has another
    image there, 6 when AWS refuses.
    """
    _refuse_itself(source, target, wanted)
    reference = wanted or _running(source)
    here, image = find_image(source, reference)
    there = find_repository(target)
    if here.uri == there.uri:
        raise SitechatError(
            f"{source.env.name} and {target.env.name} have the same repository, {here.uri}",
            hint=f"`{again('release', target.env_ref, f'--image {image.digest}')}` puts it into service.",
            code=ExitCode.USAGE,
        )
    tag = _tag(image)
    _refuse_another(there, tag, image.digest)
    manifest = read_manifest(here, image.digest)
    _refuse_architecture(target, here, manifest)
    review = review_image(target, here, image.digest)
    stop_on_findings(target, image.digest, review)
    with step(f"copy {image.digest[:19]} from {here.uri} to {there.uri}") as progress:
        blobs, size = _copy(here, there, manifest, progress, tag=tag)
        referrers, left_behind = 0, []
        for each in find_referrers(here, image.digest) or ():
            try:
                artifact = read_manifest(here, each.digest)
                more, bytes_ = _copy_blobs(here, there, artifact, progress)
            except UnknownFormError as error:
                # Tasks run without it; who wants to see it looks where it is.
                err.print(f"  left behind, as its form is unknown: {error.message}", markup=False)
                left_behind.append(each.digest)
                continue
            put_manifest(there, artifact)
            blobs, size, referrers = blobs + more, size + bytes_, referrers + 1
        progress.note(f"{counted(blobs, 'blob')}, {size / 1e6:.1f} MB")
    _assert_there(there, image.digest)
    return Promoted(there.uri, tag, image.digest, blobs, size, referrers, review, tuple(left_behind))


def _refuse_itself(source: Session, target: Session, wanted: str | None) -> None:
    """Refuse one environment on both sides, before anything is asked of AWS."""
    places = [(each.env.name, each.env.account_id, each.env.region, each.env.emulated) for each in (source, target)]
    if places[0] == places[1]:
        image = f"--image {quote(wanted)}" if wanted else "--image DIGEST"
        raise SitechatError(
            f"--from and --to both name {source.env.name}: an image is promoted from one environment to another",
            hint=f"`{again('release', target.env_ref, image)}` puts one of them into service, "
            f"`{again('image status', target.env_ref)}` lists them. To promote one, name another one with --to.",
            code=ExitCode.USAGE,
        )


def _running(source: Session) -> str:
    reference = running_reference(source)
    if not reference:
        raise SitechatError(
            f"nothing runs in {source.env.name} that could be promoted",
            hint=f"Name an image with --image; `{again('image status', source.env_ref)}` lists them.",
            code=ExitCode.USAGE,
        )
    return reference


def _tag(image: RegistryImage) -> str:
    """The tag that the image was pushed under: releases of the source are none of the target's."""
    pushed = [tag for tag in image.tags if not tag.startswith(RELEASED)]
    return pushed[0] if pushed else f"promoted-{image.digest.removeprefix('sha256:')[:12]}"


def _refuse_another(there: DeployedRepository, tag: str, digest: str) -> None:
    found = there.image(tag)
    if found is not None and found.digest != digest:
        raise SitechatError(
            f"{there.uri} has another image under the tag {tag}: {found.digest}; tags never change",
            hint="Two builds of one commit differ: promote the one that is meant under a tag of its own, pushed with "
            "`sitechat image push --tag`.",
            code=ExitCode.REFUSED,
        )


def _refuse_architecture(target: Session, here: DeployedRepository, manifest: Manifest) -> None:
    """Refuse an image whose processor isn't that of the target's tasks: they would end at once."""
    wanted, known_ones = _processor(platform_of(target.env)), set(map(_processor, PLATFORMS.values()))
    if manifest.is_index:
        built = {str(table(each.get("platform")).get("architecture", "")) for each in manifest.images()}
    else:
        # Any other name is a process of the emulated AWS.
        built = {str(image_configuration(here, manifest).get("architecture", ""))}
    known = built & known_ones
    if known and wanted not in known:
        raise SitechatError(
            f"the image is built for {', '.join(sorted(known))}, and tasks of {target.env.name} run on {wanted}",
            hint="Build one for both, or set [service] architecture alike in both environments.",
            code=ExitCode.USAGE,
        )


def _processor(platform: str) -> str:
    return platform.rpartition("/")[2]


def image_configuration(repository: DeployedRepository, manifest: Manifest) -> Mapping[str, Any]:
    """The configuration of an image: architecture, labels, history. Empty for an index, and where it is no table.

    Raises SitechatError (6), UnknownFormError among them.
    """
    return {} if manifest.is_index else table(parsed(read_blob(repository, str(manifest.blobs()[0]["digest"]))))


def _copy(
    here: DeployedRepository, there: DeployedRepository, manifest: Manifest, progress: StepProgress, *, tag: str
) -> tuple[int, int]:
    """Copy an image or an index with all its images; how many blobs, and how many bytes."""
    if not manifest.is_index:
        counts = _copy_blobs(here, there, manifest, progress)
        put_manifest(there, manifest, tag=tag)
        return counts
    blobs = size = 0
    for each in manifest.images():
        inner = read_manifest(here, each["digest"])
        _refuse_nested(inner)
        more, bytes_ = _copy_blobs(here, there, inner, progress)
        put_manifest(there, inner)
        blobs, size = blobs + more, size + bytes_
    put_manifest(there, manifest, tag=tag)
    return blobs, size


def _copy_blobs(
    here: DeployedRepository, there: DeployedRepository, manifest: Manifest, progress: StepProgress
) -> tuple[int, int]:
    names = list(_blobs(manifest))
    missing = list(missing_blobs(there, names))
    size = 0
    for number, digest in enumerate(missing, start=1):
        progress.update(f"{number} of {counted(len(missing), 'blob')}, {size / 1e6:.1f} MB")
        with open_blob(here, digest) as stream:
            size += put_blob(there, digest, stream)
    return len(missing), size


def _blobs(manifest: Manifest) -> Iterator[str]:
    for each in manifest.blobs():
        if urls := each.get("urls"):
            raise SitechatError(
                f"a layer of {manifest.digest} lies elsewhere: {urls[0] if isinstance(urls, list) else urls}",
                hint="Promote images whose layers are all in the repository.",
                code=ExitCode.USAGE,
            )
        yield str(each["digest"])


def _refuse_nested(inner: Manifest) -> None:
    if inner.is_index:
        raise SitechatError(
            f"{inner.digest} is an index inside of another one, which isn't copied",
            hint="Push an image, or one index of images.",
            code=ExitCode.USAGE,
        )


def _assert_there(there: DeployedRepository, digest: str) -> None:
    if all(image.digest != digest for image in there.images()):
        raise SitechatError(f"AWS reported no error, but {there.name} holds no {digest}", code=ExitCode.FAILED)
    err.print(f"  {there.uri}@{digest}", markup=False)
