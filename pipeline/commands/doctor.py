"""`sitechat doctor`: check the machine and the account for what a deployment needs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json
from pipeline.console import out, step
from pipeline.doctor.finding import SIGNS, Diagnosis, print_diagnosis
from pipeline.errors import ExitCode, SitechatError

if TYPE_CHECKING:
    from pipeline.recovery.unapplied import Unapplied
    from pipeline.session import Session


def command(env: EnvRef = DEFAULT_ENV, as_json: Json = False) -> None:
    """Look at this machine, the account and what AWS reveals only at apply; say what to fix. Changes nothing.

    Exits 3 when something is red.
    """
    from pipeline.doctor import diagnose

    with step(f"look at this machine and {env}"):
        findings = [*diagnose(env, _unapplied), *_scaling(env)]
    if as_json:
        print(json.dumps({"findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            print_diagnosis(finding)
        lights = [finding.light for finding in findings]
        out.print(", ".join(f"{lights.count(light)} {light}" for light in SIGNS))
    if any(finding.light == "red" for finding in findings):
        raise typer.Exit(ExitCode.MISSING)


def _scaling(env_ref: str) -> list[Diagnosis]:
    """Scaling that a release left suspended; nothing without an account to ask, which other findings tell."""
    from pipeline.commands.left_suspended import scaling_findings
    from pipeline.session import open_session

    try:
        session = open_session(env_ref, needs_terraform=False)
    except SitechatError:
        return []
    return scaling_findings(session)


def _unapplied(session: Session) -> Unapplied:
    """What the next apply would create. Synthesised without a line of progress: another step shows its own."""
    from pipeline.recovery.unapplied import find_unapplied
    from pipeline.synth.run import synthesise

    return find_unapplied(session, synthesise(session.env, env_ref=session.env_ref))
