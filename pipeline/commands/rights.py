"""`sitechat rights`: the smallest policies that plan an environment, and that apply and destroy it."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json
from pipeline.console import err, out, step

if TYPE_CHECKING:
    from policies.rights.deployer import Deployer
    from policies.rights.grant import Grant


class Purpose(StrEnum):
    """What the rights are for."""

    PLAN = "plan"
    APPLY = "apply"


For = Annotated[Purpose, typer.Option("--for", help="Only to plan, or also to apply and destroy.")]
OutDir = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Write each policy into a file of this folder.")
]


def command(
    env: EnvRef = DEFAULT_ENV, purpose: For = Purpose.APPLY, out_dir: OutDir = None, as_json: Json = False
) -> None:
    """Print the smallest IAM policies with which an environment can be planned, or applied and destroyed.

    Needs no AWS account. A role takes ten managed policies; each has at most 6,144 characters without white space.
    """
    from policies.rights.grant import ATTACHED_POLICIES, document

    policies = _policies(_deployer(env), purpose)
    documents = {name: document(grants) for name, grants in policies.items()}
    if out_dir is not None:
        out_dir.mkdir(parents=True, exist_ok=True)
        for name, content in documents.items():
            (out_dir / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    if as_json:
        print(json.dumps({"env": env, "for": purpose.value, "policies": documents}))
    elif out_dir is not None:
        for name in documents:
            out.print(str(out_dir / f"{name}.json"), soft_wrap=True, markup=False)
    else:
        for content in documents.values():
            print(json.dumps(content, indent=2))
    summary = f"{len(documents)} managed policies to {purpose.value} {env}, of {ATTACHED_POLICIES} that a role takes"
    err.print(f"  {summary}", soft_wrap=True, markup=False)


def _deployer(env_ref: str) -> Deployer:
    from config import load
    from pipeline.synth.run import synthesise
    from policies.rights.environment import deployer_of

    environment = load(env_ref)
    with step(f"synthesise {environment.name}"):
        synthesis = synthesise(environment, env_ref=env_ref)
    return deployer_of(environment, {layer.name: layer.config for layer in synthesis.layers})


def _policies(deployer: Deployer, purpose: Purpose) -> dict[str, tuple[Grant, ...]]:
    """The policies by name. Raises SitechatError (1) for a resource type of which nobody knows what it asks for."""
    from pipeline.errors import ExitCode, SitechatError
    from policies.rights.asked import UnknownTypeError
    from policies.rights.grant import split

    try:
        grants = deployer.plan() if purpose is Purpose.PLAN else deployer.apply()
    except UnknownTypeError as error:
        raise SitechatError(str(error), code=ExitCode.INCOMPLETE) from None
    prefix = f"{deployer.arns.project}-{deployer.arns.env}-{purpose.value}"
    return {f"{prefix}-{number}": each for number, each in enumerate(split(grants), 1)}
