"""Release a lock whose holder is gone: only the one that is named, and only while it is still that one."""

from pipeline.bundle.planner import prepare
from pipeline.errors import ExitCode, SitechatError
from pipeline.layers import Synthesis
from pipeline.recover import Lock, find_locks
from pipeline.session import Session


def unlock(session: Session, synthesis: Synthesis, wanted: str) -> Lock:
    """Release the lock with the id `wanted`. Raises SitechatError (2) naming the locks there are."""
    locks = find_locks(session)
    lock = next((each for each in locks if each.id == wanted), None)
    if lock is None:
        known = f"Held: {', '.join(f'{each.id} ({each.layer})' for each in locks)}." if locks else "No lock is held."
        raise SitechatError(f"no lock {wanted!r} in {session.env.name}", hint=known, code=ExitCode.USAGE)
    terraform = session.terraform(prepare(session, synthesis.layer(lock.layer)), lock.layer)
    terraform.init()
    terraform.force_unlock(lock.id)
    return lock
