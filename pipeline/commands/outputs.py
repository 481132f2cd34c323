"""`sitechat outputs`: what a deployment is called in AWS, for people and their scripts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json, LayerName
from pipeline.console import err, out, print_exactly, step
from pipeline.errors import ExitCode, SitechatError, again, counted
from pipeline.operations.handles import GLOBAL, LAYERS, named_values, shown_values

# Layer and output with the site's address. In the emulated AWS nobody resolves CloudFront's name; a site with a name of
# its own keeps that.
SITE = ("edge", "url")

Raw = Annotated[
    str | None,
    typer.Option("--raw", metavar="NAME", help="Only this value, as it is, for scripts; a list one item a line."),
]


def command(env: EnvRef = DEFAULT_ENV, layer: LayerName = None, raw: Raw = None, as_json: Json = False) -> None:
    """Show names and ARNs of what is deployed, read from the layers' states. Sensitive values are hidden.

    Such as cluster, load_balancer, app_log_group, dashboards, repository, alarms_topic and the site's url.
    """
    if raw is not None and as_json:
        raise SitechatError("--raw and --json exclude each other", hint="Leave one of them out.", code=ExitCode.USAGE)
    name, found = _read(env, layer)
    if raw is not None:
        print_exactly("\n".join(_chosen(found, raw, env)))
    elif as_json:
        print(json.dumps({"env": name, "outputs": found}))
    else:
        _show(found)
        if not any(found.values()):
            err.print(f"nothing of {name} is deployed here yet", markup=False)
            err.print(f"next: {again('deploy', env)}", markup=False, soft_wrap=True)


def _read(env_ref: str, layer: str | None) -> tuple[str, dict[str, dict[str, Any]]]:
    """Name of the environment, and what each layer that has a state hands to people."""
    from concurrent.futures import ThreadPoolExecutor

    from pipeline.aws.emulated import emulated_site
    from pipeline.session import Session, open_session

    if layer is not None and layer not in LAYERS:
        raise SitechatError(
            f"there is no layer {layer!r}", hint=f"Layers are: {', '.join(LAYERS)}.", code=ExitCode.USAGE
        )
    session: Session = open_session(env_ref, needs_terraform=False)
    env = session.env
    chosen = [layer] if layer else list(LAYERS)
    scopes = {name: GLOBAL if scope == GLOBAL else env.region for name, scope in LAYERS.items()}
    with step(f"read the outputs of {counted(len(chosen), 'layer')}"), ThreadPoolExecutor() as pool:
        states = dict(zip(chosen, pool.map(lambda each: session.read_stored(each, scopes[each]), chosen), strict=True))
    found = {name: shown_values(name, state) for name, state in states.items() if state or layer}
    if env.emulated and not env.dns.domain and SITE[1] in found.get(SITE[0], {}):
        found[SITE[0]][SITE[1]] = emulated_site() or found[SITE[0]][SITE[1]]
    return env.name, found


def _chosen(found: Mapping[str, Mapping[str, Any]], name: str, env_ref: str) -> list[str]:
    """Lines of the value called `name`. Raises SitechatError: 2 for an unknown name, or one of several values."""
    values = named_values(found, name)
    lists = [value for value in values.values() if isinstance(value, list)]
    if values and len(lists) == len(values):
        return [str(item) for value in lists for item in value]
    if len(values) == 1:
        return [_text(value) for value in values.values()]
    if values:
        raise SitechatError(
            f"{name} stands for several values",
            hint=f"Name one of them: {', '.join(values)}.",
            code=ExitCode.USAGE,
        )
    known = ", ".join(f"{layer}.{each}" for layer, inside in found.items() for each in inside)
    hint = f"There are: {known}." if known else f"Nothing is deployed here yet: `{again('deploy', env_ref)}`."
    raise SitechatError(f"there is no output {name!r}", hint=hint, code=ExitCode.USAGE)


def _show(found: Mapping[str, Mapping[str, Any]]) -> None:
    for name, shown in found.items():
        for key, value in shown.items():
            text = " ".join(map(_text, value)) if isinstance(value, list) else _text(value)
            out.print(f"{name}.{key} = {text}", soft_wrap=True, markup=False, emoji=False)


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict) else str(value)
