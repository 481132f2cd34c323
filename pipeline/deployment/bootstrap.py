"""Bootstrap: create, import or update the remote state backend of an environment, and the IAM roles of its CI."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.bundle.guard import stateful_losses
from pipeline.console import step
from pipeline.deployment.adoption import (
    bucket_is_ours,
    existing_import_ids,
    github_provider,
    has_state,
    importable_addresses,
)
from pipeline.errors import ExitCode, SitechatError, counted
from pipeline.gates import SHOWN
from pipeline.scan.proofs import find_unproven_permissions
from pipeline.session import Session
from pipeline.synth.layers import Layer
from pipeline.synth.run import run_app
from pipeline.terraform import Terraform
from pipeline.work import private_dir, repo_root, write_private_json
from terraform_json.plan import Counts, count
from terraform_json.state import managed_addresses

STATE_FILE = "terraform.tfstate"
# Created last: the provider polls a new lifecycle rule for most of a minute, and the bucket is usable before.
SLOW = ("aws_s3_bucket_lifecycle_configuration",)


@dataclass(frozen=True)
class StartedBackend:
    """A usable state bucket; `update_layer` brings the rest of `layer` up to date. `ci` is the layer of the CI's roles.

    `created` says that the bucket is new; `counts` are the changes so far.
    """

    layer: Layer
    ci: Layer
    created: bool
    counts: Counts


def bootstrap(session: Session) -> StartedBackend:
    """Bring bucket, lock table, KMS key and the CI's roles to the configuration in `backend/`. Safe to repeat.

    Raises SitechatError (5) when the bucket belongs to another account, or a plan would destroy a resource that holds
    states.
    """
    started = start_backend(session)
    counts = started.counts
    if not started.created:  # what was made just now needs no second look
        with step(f"look at the state bucket {session.env.state_backend.bucket}") as progress:
            counts += update_layer(session, started.layer, progress.update)
    if started.ci.resources or has_state(session, started.ci):
        with step(f"look at the roles for the CI of {session.env.name}") as progress:
            counts += update_ci_roles(session, started.ci, progress.update)
    return replace(started, counts=counts)


def start_backend(session: Session, *, whole: bool = True) -> StartedBackend:
    """Create the backend unless its bucket exists, and move the backend's state into that bucket.

    Not `whole` leaves out what the provider waits most of a minute for, so that states can be kept in the bucket
    meanwhile; `finish_backend` makes up for it.
    """
    name = session.env.state_backend.bucket
    with step("synthesise the backend"):
        target = session.work.synth(session.env.name).with_name(f"{session.env.name}.backend")
        script = repo_root() / "backend" / "main.py"
        found = run_app(script, session.env_ref, target, session.env.name, judged=session.env)
        layer, ci = found.layer("backend"), found.layer("ci")
        _refuse_unproven(layer, ci)
    created = not bucket_is_ours(session)
    start = private_dir(session.work.terraform(session.env.name) / "backend-start")
    counts = Counts()
    if created:
        with step(f"create the state bucket {name}") as progress:
            terraform = session.terraform(start, layer.name, progress.update)
            write_private_json(start / "cdk.tf.json", _with_local_state(layer))
            terraform.init()
            quick = [address for address in layer.resources if whole or not address.startswith(SLOW)]
            if (start / STATE_FILE).is_file():  # an interrupted bootstrap left it
                counts = _plan_and_apply(session, terraform, quick)
            else:
                counts = _create(terraform, quick)
    if (start / STATE_FILE).is_file():
        _move_state(session, layer, start)
    return StartedBackend(layer, ci, created, counts)


def _refuse_unproven(*layers: Layer) -> None:
    """Raise SitechatError (4) where policies of the backend, or of the CI's roles, don't pass the proofs."""
    if lines := find_unproven_permissions({each.name: each.config for each in layers}):
        raise SitechatError(
            f"the gate refused the backend: {counted(len(lines), 'finding')}\n"
            + "\n".join(f"  {each}" for each in lines[:SHOWN]),
            hint="What is named is built in backend/, from what policies/rights/ says; correct it there.",
            code=ExitCode.GATE,
        )


def finish_backend(session: Session, layer: Layer, report: Callable[[str], None]) -> Counts:
    """Create what `start_backend` left out just now. The rest needs no second look."""
    return _create(session.opened(layer, report), [each for each in layer.resources if each.startswith(SLOW)])


def update_layer(session: Session, layer: Layer, report: Callable[[str], None]) -> Counts:
    """Plan a backend layer against its state in the bucket, and apply the changes; import what the state lacks."""
    state = session.read_state(layer) or {}
    terraform = session.opened(layer, report)
    unknown = importable_addresses(layer) - set(managed_addresses(state))
    if unknown:
        return _import_and_apply(terraform, session, existing_import_ids(session, layer, unknown))
    return _plan_and_apply(session, terraform)


def update_ci_roles(session: Session, layer: Layer, report: Callable[[str], None]) -> Counts:
    """Bring the CI's roles up to date; delete those of an environment without CI.

    Raises SitechatError (3) when the OIDC provider that the environment adopts does not exist.
    """
    ci = session.env.ci
    if ci.repository and ci.provider == "adopt" and github_provider(session) is None:
        raise SitechatError(
            f"account {session.env.account_id} has no OIDC provider of GitHub to adopt",
            hint=f'Set provider = "own" in [ci] of {session.env.name}, or bootstrap its owner first.',
            code=ExitCode.MISSING,
        )
    return update_layer(session, layer, report)


def _with_local_state(layer: Layer) -> dict[str, Any]:
    config: dict[str, Any] = json.loads(json.dumps(layer.config))
    config["terraform"]["backend"] = {"local": {"path": STATE_FILE}}
    return config


def _move_state(session: Session, layer: Layer, start: Path) -> None:
    """Copy the local state into the bucket, then delete the local file. An interrupted copy is repeated next time.

    When the bucket already holds this layer's state, another machine has moved it: the local file is only deleted.
    """
    with step("move the backend's own state into the bucket") as progress:
        if not has_state(session, layer):
            write_private_json(start / "cdk.tf.json", layer.config)
            session.terraform(start, layer.name, progress.update).init(migrate=True)
        for left in start.glob(f"{STATE_FILE}*"):
            left.unlink()


def _create(terraform: Terraform, addresses: Collection[str]) -> Counts:
    """Create resources that surely don't exist yet: there is nothing to refresh, and nothing to lose."""
    plan = terraform.dir / "tfplan"
    try:
        if not terraform.plan(plan, targets=tuple(addresses), refresh=False):
            return Counts()
        terraform.apply(plan, total=len(addresses))
        return Counts(add=len(addresses))
    finally:
        plan.unlink(missing_ok=True)


def _plan_and_apply(session: Session, terraform: Terraform, targets: Collection[str] = ()) -> Counts:
    """Plan and apply; settings changed by hand are set back. Returns the changes."""
    plan = terraform.dir / "tfplan"
    try:
        if not terraform.plan(plan, targets=tuple(targets)):
            return Counts()
        shown = terraform.show_plan(plan)
        _refuse_state_losses(stateful_losses(shown))
        counts = count(shown)
        terraform.apply(plan, total=counts.resources)
        return counts
    finally:
        plan.unlink(missing_ok=True)


def _refuse_state_losses(losses: Collection[str]) -> None:
    """Raise SitechatError (5) for a plan that destroys a resource holding states. No option allows that."""
    if losses:
        raise SitechatError(
            f"refused, nothing was changed: this would destroy what holds the states: {', '.join(losses)}",
            hint="Compare `project`, `account_id` and `region` with what the states were made with.",
            code=ExitCode.REFUSED,
        )


def _import_and_apply(terraform: Terraform, session: Session, found: Mapping[str, str]) -> Counts:
    """Plan and apply, importing resources (`found`: import ids by address) that exist but are not in the state.

    They are left from an interrupted bootstrap, perhaps on another machine. All other resources of the layer are
    settings: creating one again only sets it.
    """
    imports = terraform.dir / "adopt.tf.json"
    if not found:
        return _plan_and_apply(session, terraform)
    write_private_json(imports, {"import": [{"to": address, "id": each} for address, each in sorted(found.items())]})
    try:
        return _plan_and_apply(session, terraform)
    finally:
        imports.unlink(missing_ok=True)
