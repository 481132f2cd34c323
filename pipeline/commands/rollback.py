"""`sitechat rollback`: go back to what ran before, or to an earlier release."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json, Yes
from pipeline.commands.release import IgnoreAlarms

ReleaseId = Annotated[
    str | None, typer.Argument(metavar="[RELEASE]", help="Go back to what this release brought (`sitechat releases`).")
]


def command(
    release: ReleaseId = None,
    env: EnvRef = DEFAULT_ENV,
    ignore_alarms: IgnoreAlarms = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Put what ran before the present release into service again, with the settings that it had, and watch it.

    A rollback is a release as well: another rollback goes forward again. It asks first, unless a release is named.
    With the strategy rolling no alarm takes it back. With the others it exits 5 while one is on that would, unless
    --ignore-alarms says why. Exits 6 when it failed.
    """
    from pipeline.commands.release import agree, commit, tell, tell_nothing_to_do, warn_of_an_empty_index
    from pipeline.operations.releases import run
    from pipeline.operations.releases.choosing import choose_rollback
    from pipeline.session import open_session

    session = open_session(env, needs_terraform=False)
    service, strategy = run.open_service(session, ignore_alarms=ignore_alarms)
    run.refuse_a_second(session, service, strategy)
    wanted = choose_rollback(session, service, release)
    if wanted.runs_already:
        tell_nothing_to_do(session, wanted, as_json=as_json)
        return
    warn_of_an_empty_index(session, strategy)
    agree(session, wanted, strategy.name, yes=yes, exact=release is not None)
    done = run.carry_out(session, service, strategy, wanted, commit=commit(), ignore_alarms=ignore_alarms or "")
    tell(session, done, as_json=as_json)
