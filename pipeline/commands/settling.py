"""What `apply` and `deploy` share at their end: the service is brought to where the configuration wants it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline.console import out
from pipeline.errors import SitechatError

if TYPE_CHECKING:
    from pipeline.session import Session

LAYER = "service"


def settle(session: Session, found: Mapping[str, Any], *, changed: bool, as_json: bool) -> bool:
    """Watch the deployment that an apply began, release the first image, and say what waits for a release.

    `found` is what the command prints with --json, also where the deployment fails. Returns whether something waits.
    Raises SitechatError (6) for a deployment that ECS took back, which the history then has.
    """
    from pipeline.bundle.commits import current_commit
    from pipeline.bundle.recording import record_taken_back
    from pipeline.operations.releases.after_apply import Settled, settle_service

    settled = Settled()
    try:
        settled = settle_service(session, changed=changed, commit=current_commit())
    except SitechatError as error:
        record_taken_back(session, error)
        raise
    finally:
        if as_json:
            print(json.dumps({**found, **settled.to_json()}))
    if not as_json:
        if settled.release is not None:
            created = settled.release.kind == "creation"
            what = "with which the service was created" if created else "the first image"
            out.print(f"released: {settled.release.image}, {what}", markup=False)
        if settled.pending is not None:
            out.print(settled.pending.line, markup=False)
    return settled.pending is not None
