"""`sitechat bedrock status|pause|resume`: stop all calls to models, and let them begin again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json
from pipeline.console import out
from pipeline.errors import ExitCode

if TYPE_CHECKING:
    from pipeline.operations.model_pause import Pause

app = typer.Typer(help="Pause the model, resume it, see whether it is paused.", no_args_is_help=True)

Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; told to people and kept with the pause.")]


@app.command("status")
def bedrock_status(env: EnvRef = DEFAULT_ENV, as_json: Json = False) -> None:
    """Say whether the model is paused, by whom, since when and why; exits 10 while it is."""
    from pipeline.operations.model_pause import read_pause
    from pipeline.session import open_session

    session = open_session(env, needs_terraform=False)
    found = read_pause(session)
    _show(session.env.name, found, as_json, "the model is called" if found is None else "paused")
    if found is not None:
        raise typer.Exit(ExitCode.CHANGES)


@app.command("pause")
def bedrock_pause(env: EnvRef = DEFAULT_ENV, reason: Reason = "", as_json: Json = False) -> None:
    """Stop every call to a model: questions get the message `paused` within a minute. Asks nothing, tells people.

    Terraform knows nothing of it: no plan shows it and no apply ends it. A pause that stands is left as it is.
    """
    from pipeline.operations.model_pause import checked_reason, pause
    from pipeline.session import open_session

    why = checked_reason(reason)
    session = open_session(env, needs_terraform=False)
    found, is_new = pause(session, why)
    _show(session.env.name, found, as_json, "paused" if is_new else "paused already")


@app.command("resume")
def bedrock_resume(env: EnvRef = DEFAULT_ENV, as_json: Json = False) -> None:
    """End a pause: tasks call the model again within a minute. Tells people."""
    from pipeline.operations.model_pause import resume
    from pipeline.session import open_session

    session = open_session(env, needs_terraform=False)
    ended = resume(session)
    if as_json:
        _show(session.env.name, None, as_json, "")
    elif ended is None:
        out.print(f"{session.env.name}: the model was not paused", markup=False, soft_wrap=True)
    else:
        out.print(f"{session.env.name}: resumed; it was {_told(ended, 'paused')}", markup=False, soft_wrap=True)


def _show(env_name: str, found: Pause | None, as_json: bool, state: str) -> None:
    if as_json:
        told = {"who": found.who, "why": found.why, "when": found.when} if found else {}
        print(json.dumps({"env": env_name, "paused": found is not None, **told}))
    else:
        text = _told(found, state) if found else state
        out.print(f"{env_name}: {text}", markup=False, soft_wrap=True)


def _told(found: Pause, state: str) -> str:
    return f"{state} by {found.who} at {found.when}: {found.why or 'no reason given'}"
