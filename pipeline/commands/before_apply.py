"""What `apply` and `deploy` share before they apply a wave."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.session import Session
    from pipeline.synth.layers import Synthesis


def before_apply(session: Session, synthesis: Synthesis, created: Mapping[str, Collection[str]]) -> None:
    """Refuse what AWS has already, then take alarms off the service that are about to be deleted.

    `created` are the addresses that are created, by layer. Raises SitechatError (5).
    """
    from pipeline.commands.settling import LAYER
    from pipeline.operations.releases.before_apply import take_deleted_alarms_off
    from pipeline.recovery.existing import refuse_what_exists

    refuse_what_exists(session, synthesis, created)
    if LAYER in created:
        take_deleted_alarms_off(session, synthesis.layer(LAYER).config)
