"""Before anything is planned: layers that are deployed and that the configuration has switched off."""

from __future__ import annotations

import shlex

from pipeline.console import step
from pipeline.errors import ExitCode, SitechatError, again, counted
from pipeline.recovery.looked import Looked
from pipeline.recovery.state_objects import StateStore, layer_of, list_state_objects
from pipeline.recovery.states import stray_states
from pipeline.session import Session
from pipeline.synth.layers import Synthesis


def refuse_left_behind(session: Session, synthesis: Synthesis) -> None:
    """Raise SitechatError (5) for a deployed layer that the configuration no longer has: no plan would ever remove it.

    What can't be read is `recover`'s to tell. Raises SitechatError: 3 without a state bucket, 6.
    """
    with step("look for layers that are switched off and still deployed"):
        found, _ = stray_states(StateStore.of(session), synthesis, list_state_objects(session), Looked())
    if not found:
        return
    shown = [f"  {layer_of(each.place)}: {counted(each.resources, 'resource')} ({each.place})" for each in found]
    destroy = again("destroy", session.env_ref, "--layer", shlex.quote(layer_of(found[0].place)))
    raise SitechatError(
        "nothing was planned: the configuration no longer has what is still deployed, so nothing would ever remove it\n"
        + "\n".join(shown),
        hint=f"Configure it as it was deployed, `{destroy}`, then take it out of the configuration.",
        code=ExitCode.REFUSED,
    )
