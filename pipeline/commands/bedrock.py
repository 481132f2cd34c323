"""`sitechat bedrock status|pause|resume`: stop all calls to models in one of two levels, and let them begin again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json
from pipeline.console import out
from pipeline.errors import ExitCode, SitechatError

if TYPE_CHECKING:
    from pipeline.operations.model_pause import Level, Stop

app = typer.Typer(help="Stop the model, resume it, see whether it is stopped.", no_args_is_help=True)

Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; told to people and kept with the pause.")]
Wanted = Annotated[
    str,
    typer.Option(
        "--level",
        metavar="pause|deny",
        help="The application heeds a pause; a denial holds whatever it does, and stops ingestion as well.",
    ),
]


Rearm = Annotated[
    bool, typer.Option("--rearm", help="Let the Budgets action run again this month; it does within hours if exceeded.")
]


@app.command("status")
def bedrock_status(env: EnvRef = DEFAULT_ENV, as_json: Json = False) -> None:
    """Say whether the model is paused, by whom, since when and why, and to whom it is denied; exits 10 if it is."""
    from pipeline.operations.model_pause import read_stop
    from pipeline.session import open_session

    session = open_session(env, needs_terraform=False)
    found = read_stop(session)
    _show(session.env.name, found, as_json, "paused")
    if found.stands:
        raise typer.Exit(ExitCode.CHANGES)


@app.command("pause")
def bedrock_pause(
    env: EnvRef = DEFAULT_ENV, reason: Reason = "", level: Wanted = "pause", as_json: Json = False
) -> None:
    """Stop every call to a model: questions get the message `paused` within a minute. Asks nothing, tells people.

    With `--level deny` AWS itself refuses every call of the tasks and of ingestion, in seconds. Terraform knows nothing
    of either: no plan shows it and no apply ends it. A pause that stands is left as it is.
    """
    from pipeline.operations.model_pause import checked_reason, pause
    from pipeline.session import open_session

    why, wanted = checked_reason(reason), _level(level)
    session = open_session(env, needs_terraform=False)
    found, is_new = pause(session, why, wanted)
    _show(session.env.name, found, as_json, "paused" if is_new else "paused already")


@app.command("resume")
def bedrock_resume(env: EnvRef = DEFAULT_ENV, rearm: Rearm = False, as_json: Json = False) -> None:
    """End a pause and a denial, whoever began it: tasks call the model again within a minute. Tells people.

    A Budgets action that ran is undone, and Budgets leaves it for the rest of the month unless it is rearmed.
    """
    from pipeline.operations.model_pause import Stop, resume
    from pipeline.session import open_session

    session = open_session(env, needs_terraform=False)
    ended = resume(session, rearm=rearm)
    if as_json:
        _show(session.env.name, Stop(), as_json, "")
    elif not ended.stands:
        out.print(f"{session.env.name}: the model was not paused", markup=False, soft_wrap=True)
    else:
        out.print(f"{session.env.name}: resumed; it was {_told(ended, 'paused')}", markup=False, soft_wrap=True)


def _level(text: str) -> Level:
    """Raises SitechatError (2) for what is no level."""
    from pipeline.operations.model_pause import Level

    if text not in tuple(Level):
        accepted = " or ".join(Level)
        raise SitechatError(f"{text!r} is no level", hint=f"--level is {accepted}.", code=ExitCode.USAGE)
    return Level(text)


def _show(env_name: str, found: Stop, as_json: bool, state: str) -> None:
    if as_json:
        pause = found.pause
        told = {"who": pause.who, "why": pause.why, "when": pause.when} if pause else {}
        denied = {"denied": list(found.denied), **({"budget_action": found.budget} if found.budget else {})}
        print(json.dumps({"env": env_name, "paused": pause is not None, **denied, **told}))
    else:
        text = "; ".join(filter(None, ("" if found.stands else "the model is called", _told(found, state))))
        out.print(f"{env_name}: {text}", markup=False, soft_wrap=True)


def _told(found: Stop, state: str) -> str:
    pause = found.pause
    paused = f"{state} by {pause.who} at {pause.when}: {pause.why or 'no reason given'}" if pause else ""
    denied = f"denied to {', '.join(found.denied)}" if found.denied else ""
    budget = f"Budgets action: {found.budget}" if found.budget not in ("", "STANDBY") else ""
    return "; ".join(filter(None, (paused, denied, budget)))
