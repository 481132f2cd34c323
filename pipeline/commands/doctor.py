"""`sitechat doctor`: is everything in place?"""

import json
from dataclasses import asdict

import typer
from rich.markup import escape

from pipeline.console import out
from pipeline.errors import ExitCode
from pipeline.options import DEFAULT_ENV, EnvRef, Json


def command(env: EnvRef = DEFAULT_ENV, as_json: Json = False) -> None:
    """Look at tools, versions and the environment; say what to fix. Changes nothing; exits 3 when something is red."""
    from pipeline.doctor import examine

    findings = examine(env)
    if as_json:
        print(json.dumps({"findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            out.print(f"[{finding.light}]●[/] {finding.name}: {escape(finding.detail)}", soft_wrap=True)
            if finding.fix:
                out.print(f"  {escape(finding.fix)}", soft_wrap=True)
    if any(finding.light == "red" for finding in findings):
        raise typer.Exit(ExitCode.MISSING)
