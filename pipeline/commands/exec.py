"""`sitechat exec`: a shell in a copy of what runs, or in a task that visitors reach."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json, Yes

# stdout is for the one object of --json.
STDERR = 2
Words = Annotated[
    list[str] | None, typer.Argument(metavar="[-- COMMAND]", help="What to run; by default a shell, /bin/sh.")
]
VisitorsTask = Annotated[
    bool, typer.Option("--visitors-task", help="In a task that visitors reach, not in a debug copy.")
]
Minutes = Annotated[
    int, typer.Option("--minutes", min=5, max=480, help="Time after which session and debug copy end, 5 to 480.")
]


def command(
    words: Words = None,
    env: EnvRef = DEFAULT_ENV,
    visitors_task: VisitorsTask = False,
    minutes: Minutes = 60,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Open a shell in a debug copy: the revision that runs, with a root that can be written and without visitors.

    Only where service.execute_command is true. The topic of alarms is told first, everything is logged, and the copy
    ends with the session, or by itself. With --json what the shell prints goes to stderr. Exits 3 without AWS's
    session-manager-plugin, 5 where the environment allows no shell.
    """
    from pipeline.console import confirm
    from pipeline.deployment.consent import may_skip_question
    from pipeline.errors import ExitCode, SitechatError
    from pipeline.operations.shells.shell import Shell, open_shell, prepare
    from pipeline.session import open_session

    session = open_session(env, needs_terraform=False)
    agreed = may_skip_question(session, yes)
    opening = prepare(session)
    asks = f"Open it in a task of {session.env.name} that answers visitors? What breaks there breaks for them."
    if visitors_task and not (agreed or confirm(asks)):
        raise SitechatError("stopped; no shell was opened", code=ExitCode.INTERRUPTED)
    shell = Shell(tuple(words or ()), minutes, visitors=visitors_task, output=STDERR if as_json else None)
    done = open_shell(opening, shell)
    if as_json:
        print(json.dumps({"env": session.env.name, **done}))
