"""`sitechat alarms`: what rings, since when, at which threshold, and which runbook says what to do."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json
from pipeline.console import out, step
from pipeline.errors import ExitCode, SitechatError, again, counted

if TYPE_CHECKING:
    from pipeline.operations.alarms import AlarmState


def command(env: EnvRef = DEFAULT_ENV, as_json: Json = False) -> None:
    """List the environment's alarms: state, since when, severity, threshold, runbook. Changes nothing.

    Exits 10 when one rings, and 3 when there is none to look at. One that sleeps, because what it watches is parked,
    rings for nobody; one that a composite alarm looks at leaves that to it.
    """
    from pipeline.clock import now, stamp
    from pipeline.operations.alarms import find_alarms
    from pipeline.session import open_session

    session = open_session(env, needs_terraform=False)
    with step(f"ask CloudWatch for the alarms of {session.env.name}"):
        found = find_alarms(session)
    if not found:
        raise SitechatError(
            f"{session.env.name} has no alarms in account {session.env.account_id}: monitoring isn't deployed",
            hint=f"`{again('deploy', env)}` builds what is missing.",
            code=ExitCode.MISSING,
        )
    ringing = [each for each in found if each.rings]
    if as_json:
        told = [{**asdict(each), "since": stamp(each.since), "rings": each.rings} for each in found]
        print(json.dumps({"env": session.env.name, "at": stamp(now()), "alarms": told}))
    else:
        for line in alarm_lines(found):
            out.print(line, markup=False)
        out.print(_outcome(found, ringing), markup=False)
        if ringing:
            read = ringing[0].runbook or "docs/runbooks/README.md"
            out.print(f"next: {read}; {again('history', env, '--handover')}", markup=False)
    if ringing:
        raise typer.Exit(ExitCode.CHANGES)


def alarm_lines(alarms: tuple[AlarmState, ...]) -> list[str]:
    """Two lines an alarm: state and name, then what it watches."""
    from pipeline.clock import stamp
    from pipeline.commands.history import shown_time

    found = []
    for each in alarms:
        state = "asleep" if each.asleep else each.state.replace("INSUFFICIENT_DATA", "NO DATA")
        urgent = f"told by {each.told_by}" if each.told_by else each.severity
        said = (f"since {shown_time(stamp(each.since))}", each.region, urgent)
        found.append(f"{state:7}  {each.name}  {', '.join(part for part in said if part)}")
        found.append(f"         {'; '.join(part for part in (each.threshold, each.runbook) if part)}")
    return found


def _outcome(found: tuple[AlarmState, ...], ringing: list[AlarmState]) -> str:
    asleep = sum(each.asleep for each in found)
    return ", ".join(
        (
            counted(len(found), "alarm"),
            f"{len(ringing) or 'none'} in ALARM",
            *((f"{asleep} asleep",) if asleep else ()),
        )
    )
