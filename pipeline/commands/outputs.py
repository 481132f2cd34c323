"""`sitechat outputs`: what the layers hand to people."""

import json
from typing import Any

from rich.markup import escape

from pipeline.console import out, step
from pipeline.options import DEFAULT_ENV, EnvRef, Json, LayerName

#: cdktf's names for what one layer hands to another: of no use to people.
INTERNAL = "cross-stack-output-"
HIDDEN = "(sensitive)"


def command(env: EnvRef = DEFAULT_ENV, layer: LayerName = None, as_json: Json = False) -> None:
    """Show the outputs of every layer, read from its state. Sensitive values are hidden."""
    from pipeline.prepare import synthesized
    from pipeline.session import Session, open_session

    session: Session = open_session(env)
    synthesis = synthesized(session.env, env)
    chosen = [synthesis.layer(layer)] if layer else list(synthesis.layers)
    found: dict[str, dict[str, Any]] = {}
    with step(f"read the outputs of {len(chosen)} layers"):
        from pipeline.bundle.planner import prepare

        for each in chosen:
            terraform = session.terraform(prepare(session, each), each.name)
            terraform.init()
            found[each.name] = _shown((terraform.state_pull() or {}).get("outputs", {}))
    if as_json:
        print(json.dumps({"env": session.env.name, "outputs": found}))
        return
    for name, outputs in found.items():
        for key, value in outputs.items():
            out.print(f"{escape(name)}.{escape(key)} = {escape(str(value))}", soft_wrap=True)


def _shown(outputs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        name: HIDDEN if each.get("sensitive") else each.get("value")
        for name, each in sorted(outputs.items())
        if not name.startswith(INTERNAL)
    }
