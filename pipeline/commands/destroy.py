"""`sitechat destroy`: take an environment down, last layer first."""

import json
from collections.abc import Mapping

from pipeline.console import confirm, err, out
from pipeline.options import DEFAULT_ENV, Allow, EnvRef, Json, LayerName, Yes


def command(
    env: EnvRef = DEFAULT_ENV, layer: LayerName = None, yes: Yes = False, allow: Allow = None, as_json: Json = False
) -> None:
    """Destroy every layer. Refused under `protection`; what holds data needs --allow. State's bucket stays."""
    from pipeline.deploy import may_skip_question
    from pipeline.destroy import destroy
    from pipeline.prepare import synthesized
    from pipeline.session import open_session

    session = open_session(env)
    agreed = may_skip_question(session, yes)
    synthesis = synthesized(session.env, env)

    def agree(doomed: Mapping[str, int]) -> bool:
        for name, resources in doomed.items():
            err.print(f"  {name}: {resources} resources")
        return agreed or confirm(f"Destroy all of this in {session.env.name}, for good?")

    gone = destroy(session, synthesis, allow=tuple(allow or ()), agree=agree, only=layer)
    if as_json:
        print(json.dumps({"env": session.env.name, "destroyed": gone}))
    else:
        out.print(f"{session.env.name}: {sum(gone.values())} resources of {len(gone)} layers destroyed.")
