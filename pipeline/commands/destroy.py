"""`sitechat destroy`: take an environment down, last layer first."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pipeline.commands.options import DEFAULT_ENV, Allow, EnvRef, Json, LayerName, Yes
from pipeline.console import confirm, err, out
from pipeline.errors import counted


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

    def agree(doomed: Mapping[str, int]) -> bool:
        for name, resources in doomed.items():
            err.print(f"  {name}: {counted(resources, 'resource')}", markup=False)
        return agreed or confirm(f"Destroy all of this in {session.env.name}, for good?")

    gone = destroy(session, synthesis, allow=tuple(allow or ()), confirm=agree, only=layer)
    if as_json:
        print(json.dumps({"env": session.env.name, "destroyed": gone}))
    else:
        resources = counted(sum(gone.values()), "resource")
        out.print(f"{session.env.name}: {resources} of {counted(len(gone), 'layer')} destroyed.", markup=False)
