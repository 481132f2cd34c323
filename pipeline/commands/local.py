"""`sitechat local up|status|down`: start, show and stop the emulated AWS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.options import Json
from pipeline.console import out
from pipeline.errors import ExitCode, SitechatError

if TYPE_CHECKING:
    from local_aws import Endpoint

# The environment that lives in the emulated AWS, and the layer that all others build on.
ENV, FOUNDATION = "local", "infrastructure"

app = typer.Typer(help="Start, look at and stop the emulated AWS on this machine.", no_args_is_help=True)


@app.command("up")
def local_up(
    as_json: Json = False,
    traffic: Annotated[
        bool,
        typer.Option("--traffic/--no-traffic", help="Also carry requests to what is deployed; tasks run as processes."),
    ] = True,
) -> None:
    """Start the emulated AWS, or meet the one that runs."""
    from pipeline.aws.emulated import start_emulated_aws

    endpoint = start_emulated_aws(traffic=traffic)
    if as_json:
        found = {
            "running": True,
            "url": endpoint.url,
            "account_id": endpoint.account_id,
            "site": endpoint.site,
            "clock_factor": endpoint.clock_factor,
        }
        print(json.dumps(found))
    else:
        out.print(f"Emulated AWS at {endpoint.url}, account {endpoint.account_id}.", markup=False)
        if endpoint.site:
            out.print(f"What is deployed there answers at {endpoint.site}.", markup=False)
            out.print(
                f"Health checks, drains, metrics, alarms and scaling run {endpoint.clock_factor:g} times as fast.",
                markup=False,
            )
        out.print(f"next: {_next()}; end: sitechat local down", markup=False)


def _next() -> str:
    """What comes next for environments/local.toml: its state bucket, its deployment, or a look at what is there."""
    from config import ConfigError
    from pipeline.session import open_session
    from terraform_json.state import managed_addresses

    first = f"sitechat bootstrap --env {ENV}, then sitechat deploy --env {ENV}"
    try:
        session = open_session(ENV, needs_terraform=False)
        state = session.read_stored(FOUNDATION, session.env.region)
    except (SitechatError, ConfigError):  # without a bucket, or a file that can be read, it begins at the beginning
        return first
    deployed = state is not None and any(managed_addresses(state))
    return f"sitechat outputs --env {ENV} shows what is deployed" if deployed else f"sitechat deploy --env {ENV}"


@app.command("status")
def local_status(as_json: Json = False) -> None:
    """Say whether the emulated AWS runs; exits 3 when it does not."""
    from pipeline.aws.emulated import running_emulated_aws

    endpoint = running_emulated_aws()
    if as_json:
        variables = _variables(endpoint) if endpoint else {}
        found = {"running": endpoint is not None, "url": endpoint.url if endpoint else None, "variables": variables}
        print(json.dumps(found))
    elif endpoint is None:
        out.print("Not running.")
    else:
        out.print(f"Emulated AWS at {endpoint.url}, account {endpoint.account_id}.", markup=False)
        out.print("The AWS CLI and SDKs reach it with these variables, and no real account:")
        for name, value in _variables(endpoint).items():
            out.print(f"export {name}={value}", markup=False, soft_wrap=True)
    if endpoint is None:
        raise typer.Exit(ExitCode.MISSING)


def _variables(endpoint: Endpoint) -> dict[str, str]:
    from local_aws.environment import endpoint_variables

    return {name: value for name, value in endpoint_variables(endpoint).items() if name.startswith("AWS_")}


@app.command("down")
def local_down(as_json: Json = False) -> None:
    """Stop the emulated AWS; everything in it is gone."""
    from pipeline.aws.emulated import stop_emulated_aws

    stopped = stop_emulated_aws()
    if as_json:
        print(json.dumps({"stopped": stopped}))
    else:
        out.print("Stopped; everything in it is gone." if stopped else "It was not running.")
