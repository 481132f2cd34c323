"""`sitechat rights`: the smallest policies that plan an environment, and that apply its plans."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.commands.options import DEFAULT_ENV, EnvRef, Json, writing
from pipeline.console import err, out, print_exactly, step
from pipeline.errors import ExitCode, SitechatError

if TYPE_CHECKING:
    from policies.rights.deployer import Deployer
    from policies.rights.grant import Grant

UNBOUNDED = (
    "Without [ci] the roles have no permissions boundary: whoever holds these policies can give a role any permission, "
    "and is administrator by way of it. With [ci] (docs/ci.md) roles are built with a boundary alone."
)


class Purpose(StrEnum):
    """What the rights are for."""

    PLAN = "plan"
    APPLY = "apply"
    DOCTOR = "doctor"
    EXEC = "exec"
    BEDROCK = "bedrock"


For = Annotated[
    str,
    typer.Option(
        "--for",
        metavar="plan|apply|doctor|exec|bedrock",
        help="Only to plan; also to apply and destroy; what doctor asks beside a plan; a person's shell in a task; or "
        "to pause the model.",
    ),
]
OutDir = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Write each policy into a file of DIR/ENV-PURPOSE.")
]


def command(
    env: EnvRef = DEFAULT_ENV, wanted: For = Purpose.APPLY.value, out_dir: OutDir = None, as_json: Json = False
) -> None:
    """Print the smallest IAM policies, by name, with which an environment can be planned, or applied and destroyed.

    Those for doctor are read-only questions about the account, to be attached beside either of these. Those for exec
    are a person's, who opens a shell in a task: no role of a CI has them. Those for bedrock pause and resume the model.

    Needs no AWS account. A role takes ten managed policies; each has at most 6,144 characters without white space.
    Worked out from what was recorded on the emulated AWS and what AWS's documents add: a real account may ask for one
    more, above all when something is destroyed that was never destroyed there.
    """
    from policies.rights.grant import ATTACHED_POLICIES, document

    purpose = _purpose(wanted)
    deployer = _deployer(env)
    policies = _policies(deployer, purpose)
    documents = {name: document(grants) for name, grants in policies.items()}
    unbounded = purpose is Purpose.APPLY and deployer.is_unbounded
    files = []
    if out_dir is not None:
        files = _write(out_dir / f"{deployer.arns.env}-{purpose.value}", documents)
    if as_json:
        print(json.dumps({"env": env, "for": purpose.value, "unbounded": unbounded, "policies": documents}))
    elif out_dir is not None:
        for path in files:
            out.print(str(path), soft_wrap=True, markup=False)
    else:
        print_exactly(json.dumps(documents, indent=2))
    number = f"{len(documents)} managed polic{'y' if len(documents) == 1 else 'ies'}"
    summary = f"{number} for {purpose.value} of {env}; a role takes {ATTACHED_POLICIES}"
    err.print(f"  {summary}", soft_wrap=True, markup=False)
    if unbounded:
        err.print(f"  {UNBOUNDED}", soft_wrap=True, markup=False, style="yellow")


def _purpose(wanted: str) -> Purpose:
    """Raises SitechatError (2) for a word that is none."""
    try:
        return Purpose(wanted)
    except ValueError:
        raise SitechatError(
            f"--for {wanted} is unknown", hint=f"Rights are for one of {', '.join(Purpose)}.", code=ExitCode.USAGE
        ) from None


def _deployer(env_ref: str) -> Deployer:
    from config import load
    from pipeline.synth.run import synthesise
    from policies.rights.environment import deployer_of

    environment = load(env_ref)
    with step(f"synthesise {environment.name}"):
        synthesis = synthesise(environment, env_ref=env_ref)
    return deployer_of(environment, {layer.name: layer.config for layer in synthesis.layers})


def _policies(deployer: Deployer, purpose: Purpose) -> dict[str, tuple[Grant, ...]]:
    """The policies by name. Raises SitechatError (8) for a resource type of which nobody knows what it asks for."""
    from policies.rights.asked import UnknownTypeError
    from policies.rights.grant import split

    try:
        grants = {
            Purpose.PLAN: deployer.plan,
            Purpose.APPLY: deployer.apply,
            Purpose.DOCTOR: deployer.doctor,
            Purpose.EXEC: deployer.exec,
            Purpose.BEDROCK: deployer.bedrock,
        }[purpose]()
    except UnknownTypeError as error:
        raise SitechatError(str(error), code=ExitCode.INCOMPLETE) from None
    if not grants:
        raise SitechatError(
            f"{deployer.arns.env} allows no shell in its tasks: service.execute_command is false",
            hint="Nobody needs a right for what nobody may do: see docs/runbooks/debugging-a-task.md.",
            code=ExitCode.REFUSED,
        )
    prefix = f"{deployer.arns.project}-{deployer.arns.env}-{purpose.value}"
    return {f"{prefix}-{number}": each for number, each in enumerate(split(grants), 1)}


def _write(folder: Path, documents: Mapping[str, Any]) -> list[Path]:
    """Write one file a policy in place of those of an earlier call: every file of the folder may be attached.

    Raises SitechatError (2) where nothing can be written, or the folder holds anything else.
    """
    from pipeline.whole import StrangersError, new_draft, replace_folder

    pattern = f"{next(iter(documents)).rpartition('-')[0]}-*.json"
    draft = new_draft(folder.parent)
    try:
        with writing("--out", folder):
            draft.mkdir(parents=True)
            for name, content in documents.items():
                (draft / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
            replace_folder(draft, folder, lambda found: _other_files(found, pattern))
    except StrangersError as error:
        raise SitechatError(
            f"{folder} holds other files: {error}",
            hint="Name another folder with --out, or move them: every file in it is meant to be attached.",
            code=ExitCode.USAGE,
        ) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return [folder / f"{name}.json" for name in documents]


def _other_files(folder: Path, pattern: str) -> list[str]:
    """Names in a folder of what isn't a policy written by this command."""
    found = sorted(folder.iterdir())
    return [each.name for each in found if not each.match(pattern) or each.is_symlink() or not each.is_file()]
