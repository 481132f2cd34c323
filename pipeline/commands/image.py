"""`sitechat image push|status`: push and list images of the application."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json
from pipeline.console import out
from pipeline.errors import ExitCode, again, counted

if TYPE_CHECKING:
    from config import Environment
    from pipeline.operations.images import PushedImage
    from pipeline.operations.registry import RegistryImage

app = typer.Typer(help="Build and push the application's image; see what is in its repository.", no_args_is_help=True)


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
        print(json.dumps(found | {"built": pushed.built, "scan": scan}))
    else:
        out.print(_lines(pushed, env, first=not session.env.image.released), markup=False, soft_wrap=True)
    if pushed.scan.status not in (*SCAN_DONE, SCAN_NEVER):
        raise typer.Exit(ExitCode.INCOMPLETE)


@app.command("status")
def image_status(env: EnvRef = DEFAULT_ENV, as_json: Json = False) -> None:
    """List the images of the repository, newest first, with their findings, which one runs and which is configured."""
    from pipeline.operations.registry import find_repository
    from pipeline.operations.releases.images import running_reference
    from pipeline.session import open_session

    session = open_session(env)
    repository = find_repository(session)
    found, running = repository.images(), running_reference(session)
    if as_json:
        rows = [_row(image, session.env, running) for image in found]
        print(json.dumps({"env": session.env.name, "repository": repository.uri, "images": rows}))
        return
    out.print(f"{repository.uri}: {counted(len(found), 'image')}", markup=False, soft_wrap=True)
    for image in found:
        tags = ", ".join(image.tags) or "untagged"
        text = f"{tags}  {image.digest}  {image.pushed:%Y-%m-%d %H:%M}  {image.size_mb:.0f} MB  {image.scan.text}"
        is_ = {"runs": _runs(image, running), "configured": _configured(image, session.env)}
        words = ", ".join(word for word, holds in is_.items() if holds)
        out.print(f"* {text}  {words}" if words else f"  {text}", markup=False, soft_wrap=True)
    if not found:
        out.print(f"next: sitechat image push --env {env}", markup=False, soft_wrap=True)


def _lines(pushed: PushedImage, env_ref: str, *, first: bool) -> str:
    """What was pushed, and what puts it into service: the first image stands in the configuration."""
    from pipeline.synth.cache import environment_file

    file = f"environments/{env_ref}.toml" if environment_file(env_ref).stem == env_ref else env_ref
    found = f"{pushed.uri}:{pushed.tag}\ndigest: {pushed.digest}\nscan: {pushed.scan.text}\n\n"
    if not first:
        return f"{found}next: {again('release', env_ref, f'--image {pushed.digest}')}"
    return f'{found}Put into {file}:\n\n[image]\ndigest = "{pushed.digest}"\n\nnext: {again("deploy", env_ref)}'


def _row(image: RegistryImage, env: Environment, running: str) -> dict[str, object]:
    return {
        "digest": image.digest,
        "tags": list(image.tags),
        "pushed": image.pushed.isoformat(),
        "size_mb": round(image.size_mb, 1),
        "scan": {"status": image.scan.status, "findings": dict(image.scan.findings or {})},
        "configured": _configured(image, env),
        "runs": _runs(image, running),
    }


def _runs(image: RegistryImage, running: str) -> bool:
    return bool(running) and (running == image.digest or running in image.tags)


def _configured(image: RegistryImage, env: Environment) -> bool:
    return image.digest == env.image.digest if env.image.digest else env.image.tag in image.tags
