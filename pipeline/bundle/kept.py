"""The bundles that this machine keeps, for commands that only look at them."""

import re
from typing import TYPE_CHECKING

from pipeline.bundle import store
from pipeline.bundle.store import Stored

if TYPE_CHECKING:
    from config import Environment
    from pipeline.work import Work

_NAME = re.compile(rf"{store.LATEST}|\d{{8}}T\d{{6}}Z-[0-9a-f]+")


def is_bundle(name: str) -> bool:
    """Whether a name is that of a bundle, or means the newest, rather than an environment."""
    return _NAME.fullmatch(name) is not None


def work_of(env: "Environment") -> "Work":
    """The work folder; an emulated environment's bundles belong to the emulators that run now."""
    from pipeline.work import Work, repo_root

    work = Work(repo_root())
    if not env.emulated:
        return work
    import local_aws

    endpoint = local_aws.status(work.local)
    return Work(work.root, run=endpoint.run_id) if endpoint else work


def kept(env: "Environment", bundle: str) -> Stored:
    """A bundle of an environment by its id or as the latest. Raises SitechatError (2) when there is none."""
    return store.read(store.find(work_of(env).bundles(env.name), bundle), env.name)


def newest(env: "Environment") -> Stored | None:
    """The newest bundle of an environment, if it has any."""
    folder = work_of(env).bundles(env.name)
    return kept(env, store.LATEST) if any(folder.glob("*Z-*/manifest.json")) else None
