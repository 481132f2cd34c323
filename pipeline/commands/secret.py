"""`sitechat secret set|generate|status`: set values of secrets, which never enter configuration, state or plan."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json
from pipeline.console import out, step
from pipeline.errors import ExitCode, SitechatError, counted

if TYPE_CHECKING:
    from pipeline.operations.secrets import SecretStatus

app = typer.Typer(help="Give secrets their values; see which have one. Values are never shown.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name in [secrets] of the environment, such as session-key.")]
RENEWING = "see docs/runbooks/new-secret-value.md"
REPLACED = "Running tasks keep the value they started with; new ones get this one."


@app.command("set", context_settings={"allow_extra_args": True})
def secret_set(context: typer.Context, name: Name, env: EnvRef = DEFAULT_ENV, as_json: Json = False) -> None:
    """Set a value, typed twice at a hidden prompt or sent to standard input (a newline at its end is left out)."""
    if context.args:
        # The usual message for a surplus argument would repeat it, in the log of a CI job for example.
        raise SitechatError(
            "a value is never given as an argument, where the shell's history and other users can see it",
            hint=f"Run `sitechat secret set {name}` and type it, or pipe it in. Consider the one just typed known.",
            code=ExitCode.USAGE,
        )
    from pipeline.operations import secret_value, secrets
    from pipeline.session import load_environment, open_session

    secrets.known_secret_name(load_environment(env), name)
    session = open_session(env)
    value = secret_value.read_value(name)
    with step(f"set {name} in {session.env.name}"):
        secrets.put_secret_value(session, name, value)
    _say_set(session.env.name, name, as_json)


@app.command("generate")
def secret_generate(
    name: Name,
    env: EnvRef = DEFAULT_ENV,
    replace: Annotated[bool, typer.Option("--replace", help="Also when the secret has a value already.")] = False,
    as_json: Json = False,
) -> None:
    """Set a random value of 64 characters that nobody has seen, for keys such as session-key."""
    from pipeline.operations import secret_value, secrets
    from pipeline.session import load_environment, open_session

    secrets.known_secret_name(load_environment(env), name)
    session = open_session(env)
    if not replace and secrets.has_value(session, name):
        raise SitechatError(
            f"{name} of {session.env.name} has a value already",
            hint="With --replace it gets a new one; what was signed or encrypted with the old one is then lost.",
            code=ExitCode.REFUSED,
        )
    with step(f"set {name} in {session.env.name}"):
        secrets.put_secret_value(session, name, secret_value.generate_value())
    _say_set(session.env.name, name, as_json)


@app.command("status")
def secret_status(env: EnvRef = DEFAULT_ENV, as_json: Json = False) -> None:
    """Say which secrets have a value, since when, and which is too old; exits 8 when one has none."""
    from pipeline.clock import now
    from pipeline.operations import secrets
    from pipeline.session import open_session

    session = open_session(env)
    found = secrets.secret_statuses(session)
    limit, moment = session.env.secrets.max_age_days, now()
    old = [each.name for each in found if each.too_old(limit, moment)]
    if as_json:
        rows = [
            {
                "name": each.name,
                "exists": each.exists,
                "set_at": each.set_at.isoformat() if each.set_at else None,
                "too_old": each.name in old,
            }
            for each in found
        ]
        print(json.dumps({"env": session.env.name, "secrets": rows}))
    else:
        for each in found:
            out.print(f"{each.name}: {_described(each)}", markup=False, soft_wrap=True)
        missing = next((each.name for each in found if each.exists and each.set_at is None), None)
        if missing:
            out.print(f"next: sitechat secret set {missing} --env {env}", markup=False, soft_wrap=True)
        for name in old:
            text = f"{name} is older than {counted(limit, 'day')} (secrets.max_age_days): {RENEWING}"
            out.print(text, markup=False, soft_wrap=True)
    if any(each.set_at is None for each in found):
        raise typer.Exit(ExitCode.INCOMPLETE)


def _described(each: SecretStatus) -> str:
    if not each.exists:
        return "not deployed yet"
    return f"set {each.set_at:%Y-%m-%d %H:%M %Z}" if each.set_at else "no value"


def _say_set(env_name: str, name: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"env": env_name, "secret": name, "set": True}))
    else:
        out.print(f"{name} of {env_name} is set. {REPLACED}", markup=False, soft_wrap=True)
