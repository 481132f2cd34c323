"""`sitechat destroy`: take an environment down, last layer first."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pipeline.commands.options import DEFAULT_ENV, Allow, EnvRef, Json, LayerName, Yes
from pipeline.console import confirm, err, out
from pipeline.errors import counted

if TYPE_CHECKING:
    from config import Environment
    from pipeline.deployment.destroy import DestroyPlan


def command(
    env: EnvRef = DEFAULT_ENV, layer: LayerName = None, yes: Yes = False, allow: Allow = None, as_json: Json = False
) -> None:
    """Destroy every layer. Refused under `protection`; what holds data needs --allow. State's bucket stays."""
    from pipeline.deployment.consent import may_skip_question
    from pipeline.deployment.destroy import destroy
    from pipeline.gates import synthesise_environment
    from pipeline.session import open_session

    session = open_session(env)
    agreed = may_skip_question(session, yes)
    synthesis = synthesise_environment(session.env, env)

    def agree(doomed: Mapping[str, DestroyPlan]) -> bool:
        for line in doomed_lines(doomed, session.env):
            err.print(line, markup=False)
        return agreed or confirm(f"Destroy all of this in {session.env.name}, for good?")

    gone = destroy(session, synthesis, allow=tuple(allow or ()), confirm=agree, only=layer)
    if as_json:
        print(json.dumps({"env": session.env.name, "destroyed": gone}))
    else:
        resources = counted(sum(gone.values()), "resource")
        out.print(f"{session.env.name}: {resources} of {counted(len(gone), 'layer')} destroyed.", markup=False)


def doomed_lines(doomed: Mapping[str, DestroyPlan], env: Environment) -> Iterator[str]:
    """What goes, by layer, with what of it holds data; and what stays."""
    from pipeline.bundle.guard import TRAFFIC
    from pipeline.deployment.destroy import what_stays

    for name, each in doomed.items():
        yield f"  {name}: {counted(each.resources, 'resource')}"
        for address in each.losses:
            yield f"    {'carries traffic' if address.split('.')[0] in TRAFFIC else 'holds data'}: {address}"
    for text in what_stays(env):
        yield f"  stays: {text}"
