"""`sitechat outputs`: show the outputs of the layers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rich.markup import escape

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json, LayerName
from pipeline.console import out, step
from terraform_json.state import outputs

# Prefix of cdktf's outputs between layers, which are of no use to readers.
INTERNAL = "cross-stack-output-"
HIDDEN = "(sensitive)"
# Layer and output with the site's address. In the emulated AWS nobody resolves CloudFront's name; a site with a name of
# its own keeps that.
SITE = ("edge", "url")


def command(env: EnvRef = DEFAULT_ENV, layer: LayerName = None, as_json: Json = False) -> None:
    """Show the outputs of every layer, read from its state. Sensitive values are hidden."""
    from pipeline.aws.emulated import emulated_site
    from pipeline.gates import synthesise_environment
    from pipeline.session import Session, open_session

    session: Session = open_session(env)
    synthesis = synthesise_environment(session.env, env)
    chosen = [synthesis.layer(layer)] if layer else list(synthesis.layers)
    found: dict[str, dict[str, Any]] = {}
    with step(f"read the outputs of {len(chosen)} layers"):
        for each in chosen:
            found[each.name] = _shown(outputs(session.read_state(each)))
    if session.env.emulated and not session.env.dns.domain and SITE[1] in found.get(SITE[0], {}):
        found[SITE[0]][SITE[1]] = emulated_site() or found[SITE[0]][SITE[1]]
    if as_json:
        print(json.dumps({"env": session.env.name, "outputs": found}))
        return
    for name, shown in found.items():
        for key, value in shown.items():
            out.print(f"{escape(name)}.{escape(key)} = {escape(str(value))}", soft_wrap=True)


def _shown(stored: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        name: HIDDEN if each.get("sensitive") else each.get("value")
        for name, each in sorted(stored.items())
        if not name.startswith(INTERNAL)
    }
