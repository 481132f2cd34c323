"""`sitechat ci`: list the environments that a repository's CI deploys, with its roles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.options import Json, resolve_env
from pipeline.console import out

if TYPE_CHECKING:
    from config import Environment

# Purposes of the CI workflows, one role each.
PURPOSES = ("plan", "publish", "apply", "release", "push", "cost")

OnlyEnv = Annotated[
    str | None,
    typer.Option(
        "--env", metavar="NAME|FILE", callback=resolve_env, help="Only this environment; default all checked-in ones."
    ),
]
CiRepository = Annotated[
    str | None, typer.Option("--repository", metavar="OWNER/NAME", help="Only environments of this repository.")
]


def command(env: OnlyEnv = None, repository: CiRepository = None, as_json: Json = False) -> None:
    """List the environments with a repository in [ci], their regions and roles. Needs no AWS account."""
    found = [each for each in _environments(env) if each.ci.repository and repository in (None, each.ci.repository)]
    rows = [_row(each, env or each.name) for each in found]
    if as_json:
        print(json.dumps({"environments": rows}))
        return
    for row in rows:
        out.print(f"{row['env']}: {row['repository']}, {row['region']}", soft_wrap=True, markup=False)
        out.print(f"  trusts tokens of: {row['subject']}", soft_wrap=True, markup=False, highlight=False)
        for purpose in PURPOSES:
            out.print(f"  {purpose}: {row[purpose]}", soft_wrap=True, markup=False)
    if not rows:
        out.print("No environment names a repository in [ci]: plans and applies are made by hand.", markup=False)


def _environments(env_ref: str | None) -> list[Environment]:
    """The environment named, or all of environments/ except emulated ones."""
    from config import environment_names, load

    if env_ref is not None:
        return [load(env_ref)]
    return [each for each in map(load, environment_names()) if not each.emulated]


def _row(env: Environment, env_ref: str) -> dict[str, str]:
    roles = {purpose: env.ci_role_arn(purpose) for purpose in PURPOSES}
    of = {"repository": str(env.ci.repository), "subject": str(env.ci.subject)}
    return {"env": env_ref, **of, "region": env.region, **roles}
