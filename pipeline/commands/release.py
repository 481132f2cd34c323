"""`sitechat release`: put an image into service, watch it, and take it back where it fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json, Yes
from pipeline.console import out
from pipeline.errors import again

if TYPE_CHECKING:
    from pipeline.operations.releases.choosing import Wanted
    from pipeline.operations.releases.record import Release
    from pipeline.operations.releases.strategy import Strategy
    from pipeline.session import Session

ImageRef = Annotated[
    str | None,
    typer.Option("--image", metavar="DIGEST|TAG", help="Image of the repository; by default the one that runs."),
]
Restart = Annotated[
    bool, typer.Option("--restart", help="Start new tasks also where exactly this runs: they read secrets anew.")
]
IgnoreAlarms = Annotated[
    str | None,
    typer.Option("--ignore-alarms", metavar="REASON", help="Let no alarm take it back; the reason is recorded."),
]


def command(
    image: ImageRef = None,
    env: EnvRef = DEFAULT_ENV,
    restart: Restart = False,
    ignore_alarms: IgnoreAlarms = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Put an image into service with Terraform's newest settings, and watch it. AWS goes on if this command is killed.

    It asks first, unless the image is given by its digest. Exits 6 when the release failed and ECS has taken it back, 7
    while another one is under way.
    """
    from pipeline.operations.releases import run
    from pipeline.operations.releases.choosing import choose_release
    from pipeline.session import open_session

    session = open_session(env, needs_terraform=False)
    service, strategy = run.open_service(session, ignore_alarms=ignore_alarms)
    run.refuse_a_second(session, service, strategy)
    wanted = choose_release(session, service, image, restart=restart)
    if wanted.runs_already:
        tell_nothing_to_do(session, wanted, as_json=as_json)
        return
    warn_of_an_empty_index(session, strategy)
    agree(session, wanted, strategy.name, yes=yes, exact=image == wanted.digest)
    done = run.carry_out(session, service, strategy, wanted, commit=commit(), ignore_alarms=ignore_alarms or "")
    tell(session, done, as_json=as_json)


def commit() -> str:
    """The commit that a release is recorded with."""
    from pipeline.bundle.commits import current_commit

    return current_commit()


def warn_of_an_empty_index(session: Session, strategy: Strategy) -> None:
    """Say, where new tasks are tried before visitors reach them, that they have no sources to answer with."""
    from pipeline.console import err
    from pipeline.ingestion.versions import is_index_empty

    if strategy.name != "rolling" and is_index_empty(session):
        err.print(
            "  warning    nothing is in the index yet: new tasks have no sources, and their test takes them back\n"
            f"             next: {again('ingest run', session.env_ref)}, then release",
            markup=False,
        )


def agree(session: Session, wanted: Wanted, strategy: str, *, yes: bool, exact: bool) -> None:
    """Show what is to be released, and ask, unless the command line says it exactly: a digest, or a release.

    Raises SitechatError: 130 for no, 5 when nobody can answer.
    """
    from pipeline.console import confirm, err
    from pipeline.deployment.consent import may_skip_question
    from pipeline.errors import ExitCode, SitechatError
    from pipeline.operations.releases.definitions import revision_name

    agreed = may_skip_question(session, yes) or exact
    err.print(f"  runs now   {wanted.running.image}, {wanted.running.name}", markup=False)
    revision = revision_name(wanted.revision) if wanted.revision else f"settings of {wanted.newest.name}"
    err.print(f"  {wanted.kind:<9}  {wanted.image}, {revision}, {strategy}", markup=False)
    if not (agreed or confirm(f"Put this into service in {session.env.name}?")):
        raise SitechatError("stopped; nothing was released", code=ExitCode.INTERRUPTED)


def tell_nothing_to_do(session: Session, wanted: Wanted, *, as_json: bool) -> None:
    """Say that exactly this runs already."""
    if as_json:
        print(json.dumps({"env": session.env.name, "release": None, "running": wanted.running.arn}))
        return
    out.print(f"{session.env.name}: {wanted.running.name} has this image in service already.", markup=False)
    if wanted.kind == "release":
        out.print(f"next: {again('release', session.env_ref, '--restart')} starts its tasks anew", markup=False)


def tell(session: Session, release: Release, *, as_json: bool) -> None:
    """Say what was released."""
    if as_json:
        print(json.dumps({"env": session.env.name, "release": release.to_json()}))
        return
    from pipeline.operations.releases.definitions import revision_name

    name = revision_name(release.task_definition)
    out.print(f"{session.env.name}: {release.kind} {release.id} succeeded: {name} with {release.image}", markup=False)
