"""`sitechat bootstrap`: the bucket, lock table and key of remote state, and the roles for CI."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json
from pipeline.console import out
from pipeline.errors import counted

# The same in every command of a script; there is no question to skip.
Yes = Annotated[bool, typer.Option("--yes", help="Accepted as in other commands; nothing is asked here anyway.")]


def command(env: EnvRef = DEFAULT_ENV, yes: Yes = False, as_json: Json = False) -> None:
    """Create, adopt or mend state bucket, lock table, key and the roles for CI. Safe to repeat, on any machine."""
    from pipeline.deployment.bootstrap import bootstrap
    from pipeline.session import open_session

    session = open_session(env)
    done = bootstrap(session)
    bucket = session.env.state_backend.bucket
    if as_json:
        print(json.dumps({"bucket": bucket, "created": done.created, "changes": done.counts.resources}))
        return
    changed = counted(done.counts.resources, "change") if done.counts.any else "no changes"
    what = "created" if done.created else changed
    if session.env.ci.repository:
        out.print(f"CI of {session.env.ci.repository}: see `sitechat ci --env {env}`.", markup=False)
    out.print(f"State bucket {bucket}: {what}.\nnext: sitechat plan --env {env}", markup=False)
