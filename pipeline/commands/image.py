"""`sitechat image push|promote|status`: push images of the application, take them on, and list them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json
from pipeline.console import out
from pipeline.errors import ExitCode, again, counted

if TYPE_CHECKING:
    from config import Environment
    from pipeline.operations.image_facts import ImageFacts
    from pipeline.operations.images import PushedImage
    from pipeline.operations.registry import RegistryImage
    from pipeline.session import Session

app = typer.Typer(
    help="Build, push and promote the application's image; see what is in its repository.", no_args_is_help=True
)


@app.command("push")
def image_push(
    env: EnvRef = DEFAULT_ENV,
    context: Annotated[
        Path | None,
        typer.Option("--context", metavar="DIR", help="Folder with the Dockerfile; default the reference application."),
    ] = None,
    tag: Annotated[
        str | None, typer.Option("--tag", metavar="TAG", help="Default: the last commit that touched the folder.")
    ] = None,
    wait: Annotated[
        int, typer.Option("--wait", metavar="SECONDS", min=0, help="How long to wait for the scan's result.")
    ] = 300,
    as_json: Json = False,
) -> None:
    """Build with Docker for the service's processor, push, wait for the scan, and print what to deploy.

    Exits 8 when the image is pushed but its scan has no result. In the emulated AWS a folder stands for the image, so
    neither Docker nor a scan is needed there.
    """
    from pipeline.operations import images
    from pipeline.operations.registry import SCAN_DONE, SCAN_NEVER
    from pipeline.session import open_session

    session = open_session(env)
    pushed = images.push_image(session, context=context, tag=tag, scan_seconds=wait)
    if as_json:
        found = {"env": session.env.name, "repository": pushed.uri, "tag": pushed.tag, "digest": pushed.digest}
        scan = {"status": pushed.scan.status, "findings": dict(pushed.scan.findings or {})}
        print(json.dumps(found | {"built": pushed.built, "scan": scan, "sbom": pushed.sbom or None}))
    else:
        out.print(_lines(pushed, env, first=not session.env.image.released), markup=False, soft_wrap=True)
    if pushed.scan.status not in (*SCAN_DONE, SCAN_NEVER):
        raise typer.Exit(ExitCode.INCOMPLETE)


@app.command("status")
def image_status(
    env: EnvRef = DEFAULT_ENV,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=1000, help="How many images, beside those that run.")
    ] = 10,
    as_json: Json = False,
) -> None:
    """List images of the repository, newest first: findings, what accepts them, where each runs, what it is made of.

    Environments of other accounts aren't asked. A signature is what the registry says; nothing verifies it here.
    """
    from dataclasses import replace

    from pipeline.clock import now
    from pipeline.operations.image_facts import find_running, gather_facts, neighbours
    from pipeline.operations.registry import find_repository
    from pipeline.session import open_session

    session = open_session(env, needs_terraform=False)
    repository = find_repository(session)
    every = repository.images()
    reached, elsewhere = neighbours(session)
    running, unseen = find_running(session, reached)
    shown = [
        image
        for number, image in enumerate(every)
        if number < limit or image.digest in running or _configured(image, session.env)
    ]
    facts = gather_facts(session, repository, shown)
    found = [replace(each, runs_in=running.get(each.image.digest, ())) for each in facts]
    unseen |= elsewhere
    if as_json:
        rows = [_row(each, session.env) | each.to_dict(now()) for each in found]
        told = {"env": session.env.name, "repository": repository.uri, "kept": len(every), "images": rows}
        print(json.dumps({**told, "not_asked": unseen}))
        return
    out.print(f"{repository.uri}: {counted(len(every), 'image')}", markup=False, soft_wrap=True)
    for each in found:
        out.print("\n".join(_shown(each, session.env, now())), markup=False, soft_wrap=True)
    if len(found) < len(every):
        out.print(f"  and {len(every) - len(found)} older ones (--limit)", markup=False)
    for name, why in sorted(unseen.items()):
        out.print(f"  {name} was not asked: {why}", markup=False, soft_wrap=True)
    for waiver in _needless(found):
        out.print(f"  no image here needs the waiver of {waiver} any more", markup=False, soft_wrap=True)
    if not every:
        out.print(f"next: sitechat image push --env {env}", markup=False, soft_wrap=True)


@app.command("promote")
def image_promote(
    source: Annotated[str, typer.Option("--from", metavar="NAME|FILE", help="Environment that has the image.")],
    target: Annotated[str, typer.Option("--to", metavar="NAME|FILE", help="Environment that gets it.")],
    image: Annotated[
        str | None,
        typer.Option("--image", metavar="DIGEST|TAG", help="Image of the first one; by default the one that runs."),
    ] = None,
    from_profile: Annotated[
        str, typer.Option("--from-profile", metavar="NAME", help="AWS profile of the first one's account.")
    ] = "",
    to_profile: Annotated[
        str, typer.Option("--to-profile", metavar="NAME", help="AWS profile of the other one's account.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Copy an image by its digest into another environment's repository: nothing is built, and no Docker is needed.

    Two accounts need credentials each: this shell's serve both environments unless profiles are named. Exits 4 for an
    image whose findings stop a release there, 5 where its tag has another image there.
    """
    from pipeline.errors import SitechatError
    from pipeline.operations.promotion import promote_image
    from pipeline.session import open_session

    def opened(env_ref: str, profile: str, option: str) -> Session:
        try:
            return open_session(env_ref, needs_terraform=False, profile=profile)
        except SitechatError as error:
            if error.code is ExitCode.MISSING and not profile:
                error.hint = f"{error.hint} Or name the profile of that account with {option}.".strip()
            raise

    first, second = opened(source, from_profile, "--from-profile"), opened(target, to_profile, "--to-profile")
    done = promote_image(first, second, image)
    if as_json:
        told = {"from": first.env.name, "env": second.env.name, "repository": done.uri, "tag": done.tag}
        counts: dict[str, object] = {
            "copied": done.copied,
            "blobs": done.blobs,
            "bytes": done.size,
            "referrers": done.referrers,
        }
        counts["left_behind"] = list(done.left_behind)
        print(json.dumps({**told, "digest": done.digest, **counts, "findings": done.review.to_dict()}))
        return
    named = second.env.image.released
    out.print(f"{done.uri}:{done.tag}\ndigest: {done.digest}", markup=False, soft_wrap=True)
    if not done.copied:
        out.print("It was there already.", markup=False)
    step = again("release", target, f"--image {done.digest}") if named else again("deploy", target)
    if not named:
        out.print(f'\nPut into its file:\n\n[image]\ndigest = "{done.digest}"\n', markup=False, soft_wrap=True)
    out.print(f"next: {step}", markup=False, soft_wrap=True)


def _lines(pushed: PushedImage, env_ref: str, *, first: bool) -> str:
    """What was pushed, and what puts it into service: the first image stands in the configuration."""
    from pipeline.synth.cache import environment_file

    file = f"environments/{env_ref}.toml" if environment_file(env_ref).stem == env_ref else env_ref
    found = f"{pushed.uri}:{pushed.tag}\ndigest: {pushed.digest}\nscan: {pushed.scan.text}\n\n"
    if not first:
        return f"{found}next: {again('release', env_ref, f'--image {pushed.digest}')}"
    return f'{found}Put into {file}:\n\n[image]\ndigest = "{pushed.digest}"\n\nnext: {again("deploy", env_ref)}'


def _shown(facts: ImageFacts, env: Environment, now: datetime) -> Iterator[str]:
    """Lines about one image."""
    from pipeline.operations.image_facts import age_days

    image, review = facts.image, facts.review
    tags = ", ".join(image.tags) or "untagged"
    text = f"{tags}  {image.digest}  {image.pushed:%Y-%m-%d %H:%M}  {image.size_mb:.0f} MB  {review.scan.text}"
    is_ = {"runs": env.name in facts.runs_in, "configured": _configured(image, env)}
    words = ", ".join(word for word, holds in is_.items() if holds)
    yield f"* {text}  {words}" if words else f"  {text}"
    age = counted(age_days(facts.built or image.pushed, now), "day")
    base = facts.base or "unknown"
    if facts.base_built:
        base += f", {counted(age_days(facts.base_built, now), 'day')} old"
    runs = f"runs in {', '.join(facts.runs_in)}" if facts.runs_in else "runs nowhere"
    yield f"    {runs}; {age} old; base {base}; signature: {facts.signature}; packages: {facts.sbom or 'no list'}"
    if review.of:
        yield f"    an index, of which tasks of {env.name} run {review.of}"
    if review.unscanned:
        yield f"    stops a release: {review.unscanned}"
    yield from (f"    stops a release: {each.text}" for each in review.stopping)
    for found, waiver in review.waived:
        yield f"    accepted until {waiver.expires.isoformat()} by {waiver.owner}: {found.text}"


def _needless(found: Sequence[ImageFacts]) -> list[str]:
    """Waivers of this environment that accept a finding of none of these images."""
    if not found or not all(each.review.scanned for each in found):
        return []
    common = set.intersection(*({waiver.name for waiver in each.review.needless} for each in found))
    return sorted(common)


def _row(facts: ImageFacts, env: Environment) -> dict[str, object]:
    image = facts.image
    return {
        "digest": image.digest,
        "tags": list(image.tags),
        "pushed": image.pushed.isoformat(),
        "size_mb": round(image.size_mb, 1),
        "scan": {"status": facts.review.status, "findings": dict(facts.review.scan.findings or {})},
        "configured": _configured(image, env),
        "runs": env.name in facts.runs_in,
    }


def _configured(image: RegistryImage, env: Environment) -> bool:
    return image.digest == env.image.digest if env.image.digest else env.image.tag in image.tags
