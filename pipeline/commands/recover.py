"""`sitechat recover`: what cut-off runs have left, and how to clear it; exit 10 when there is anything."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.console import out, step
from pipeline.errors import ExitCode
from pipeline.options import DEFAULT_ENV, EnvRef, Json

if TYPE_CHECKING:
    from pipeline.recover import Left
    from pipeline.session import Session

Unlock = Annotated[
    str | None, typer.Option("--unlock", metavar="ID", help="Release this lock, whose holder is surely gone.")
]


def command(env: EnvRef = DEFAULT_ENV, unlock: Unlock = None, as_json: Json = False) -> None:
    """List held locks, states that were not stored, tainted resources, and tagged resources that no state knows."""
    from pipeline.recover import find
    from pipeline.session import open_session

    session = open_session(env)
    if unlock is not None:
        _unlock(session, unlock, as_json=as_json)
        return
    left = find(session)
    if as_json:
        print(json.dumps({"env": session.env.name} | _plain(left)))
    else:
        for line in lines(left, env):
            out.print(line, soft_wrap=True, markup=False)
    if left.any:
        raise typer.Exit(ExitCode.CHANGES)


def lines(left: "Left", env: str) -> Iterator[str]:
    """What was found, each with what to do about it."""
    for lock in left.locks:
        doing = f" ({lock.operation})" if lock.operation else ""
        yield f"lock {lock.id} on {lock.layer}, in {' and '.join(lock.places)}: {lock.who}{doing} since {lock.created}"
        yield f"  only if nobody works there any more: sitechat recover --env {env} --unlock {lock.id}"
    for layer, path in left.errored.items():
        yield f"state of {layer} that was never stored: {path}"
        yield f"  terraform -chdir={path.parent} state push {path.name}, then delete the file"
    for layer, addresses in left.tainted.items():
        yield f"cut off while being created in {layer}: {', '.join(addresses)}"
        yield f"  the next sitechat deploy --env {env} replaces them"
    for arn in left.orphans:
        yield f"tagged for {env}, and in no state: {arn}"
    if left.orphans:
        yield "  import what you need (`terraform import`), delete the rest by hand"
    if not left.any:
        yield "Nothing is left of any cut-off run."
    yield "Only what carries tags and is known to the tagging API of the region was looked for; IAM is not."


def _plain(left: "Left") -> dict[str, object]:
    return {
        "locks": [vars(lock) for lock in left.locks],
        "errored": {layer: str(path) for layer, path in left.errored.items()},
        "tainted": dict(left.tainted),
        "orphans": left.orphans,
    }


def _unlock(session: "Session", lock_id: str, *, as_json: bool) -> None:
    from pipeline.prepare import synthesized
    from pipeline.unlock import unlock

    synthesis = synthesized(session.env, session.env_ref)
    with step(f"release lock {lock_id}"):
        lock = unlock(session, synthesis, lock_id)
    if as_json:
        print(json.dumps({"env": session.env.name, "unlocked": vars(lock)}))
    else:
        out.print(f"Released the lock of {lock.who} on {lock.layer}.", soft_wrap=True, markup=False)
