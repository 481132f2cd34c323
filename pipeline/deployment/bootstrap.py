"""Create, adopt or mend the remote state of an account and region."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.bundle.guard import stateful_losses
from pipeline.console import step
from pipeline.deployment.adoption import bucket_is_ours, existing_import_ids, github_provider, has_state, importable
from pipeline.errors import ExitCode, SitechatError
from pipeline.session import Session
from pipeline.synth.layers import Layer
from pipeline.synth.run import run_app
from pipeline.terraform import Terraform
from pipeline.work import private_dir, repo_root, write_private_json
from terraform_json.plan import Counts, count
from terraform_json.state import managed_addresses

STATE_FILE = "terraform.tfstate"
# The provider looks at a new lifecycle rule for most of a minute; states can be kept in the bucket meanwhile.
SLOW = ("aws_s3_bucket_lifecycle_configuration",)


@dataclass(frozen=True)
class Started:
    """A state bucket that can be used; `finish` brings the rest of the layer up to date. `ci` is the layer of roles."""

    layer: Layer
    ci: Layer
    created: bool
    counts: Counts


def bootstrap(session: Session) -> Started:
    """Bring bucket, lock table, key and the roles of CI to what `backend/` says. Safe to repeat.

    Raises SitechatError (5) when the bucket belongs to another account, or a plan would destroy what holds state.
    """
    started = begin(session)
    with step(f"look at the state bucket {session.env.state_backend.bucket}") as progress:
        counts = finish(session, started.layer, progress.update) + started.counts
    if started.ci.resources or has_state(session, started.ci):
        with step(f"look at the roles for the CI of {session.env.name}") as progress:
            counts += finish_ci(session, started.ci, progress.update)
    return replace(started, counts=counts)


def begin(session: Session) -> Started:
    """Create the bucket if nobody has it, encrypted, versioned and closed, and move the layer's state into it."""
    name = session.env.state_backend.bucket
    with step("synthesise the backend"):
        target = session.work.synth(session.env.name).with_name(f"{session.env.name}.backend")
        found = run_app(repo_root() / "backend" / "main.py", session.env_ref, target, session.env.name)
        layer, ci = found.layer("backend"), found.layer("ci")
    created = not bucket_is_ours(session)
    start = private_dir(session.work.terraform(session.env.name) / "backend-start")
    counts = Counts()
    if created:
        with step(f"create the state bucket {name}") as progress:
            terraform = session.terraform(start, layer.name, progress.update)
            write_private_json(start / "cdk.tf.json", _with_local_state(layer))
            terraform.init()
            quick = [address for address in layer.resources if not address.startswith(SLOW)]
            counts = _converge(session, terraform, quick)
    if (start / STATE_FILE).is_file():
        _move_state(session, layer, start)
    return Started(layer, ci, created, counts)


def finish(session: Session, layer: Layer, report: Callable[[str], None]) -> Counts:
    """Plan the whole layer against the state in the bucket, and apply what differs."""
    terraform = session.opened(layer, report)
    unknown = importable(layer) - set(managed_addresses(terraform.state_pull() or {}))
    if unknown:
        return _adopt(terraform, session, existing_import_ids(session, layer, unknown))
    return _converge(session, terraform)


def finish_ci(session: Session, layer: Layer, report: Callable[[str], None]) -> Counts:
    """Bring the roles of CI up to date; of an environment that gave up its CI, take them away.

    Raises SitechatError (3) when the OIDC provider that the environment adopts does not exist.
    """
    ci = session.env.ci
    if ci.repository and ci.provider == "adopt" and github_provider(session) is None:
        raise SitechatError(
            f"account {session.env.account_id} has no OIDC provider of GitHub to adopt",
            hint=f'Set provider = "own" in [ci] of {session.env.name}, or bootstrap its owner first.',
            code=ExitCode.MISSING,
        )
    return finish(session, layer, report)


def _with_local_state(layer: Layer) -> dict[str, Any]:
    config: dict[str, Any] = json.loads(json.dumps(layer.config))
    config["terraform"]["backend"] = {"local": {"path": STATE_FILE}}
    return config


def _move_state(session: Session, layer: Layer, start: Path) -> None:
    """Copy the local state into the bucket, then forget the local one. An interrupted copy is repeated next time.

    When the bucket already holds this layer's state, another machine has taken over: the local one is only forgotten.
    """
    with step("move the backend's own state into the bucket") as progress:
        if not has_state(session, layer):
            write_private_json(start / "cdk.tf.json", layer.config)
            session.terraform(start, layer.name, progress.update).init(migrate=True)
        for left in start.glob(f"{STATE_FILE}*"):
            left.unlink()


def _converge(session: Session, terraform: Terraform, targets: Collection[str] = ()) -> Counts:
    """Plan and apply what differs; settings changed by hand are mended."""
    plan = terraform.dir / "tfplan"
    try:
        if not terraform.plan(plan, targets=tuple(targets)):
            return Counts()
        shown = terraform.show_plan(plan)
        _keep(stateful_losses(shown))
        counts = count(shown)
        terraform.apply(plan, total=counts.resources)
        return counts
    finally:
        plan.unlink(missing_ok=True)


def _keep(losses: Collection[str]) -> None:
    """Raise SitechatError (5) for a plan that destroys what holds every state. No option allows that."""
    if losses:
        raise SitechatError(
            f"refused, nothing was changed: this would destroy what holds the states: {', '.join(losses)}",
            hint="Compare `project`, `account_id` and `region` with what the states were made with.",
            code=ExitCode.REFUSED,
        )


def _adopt(terraform: Terraform, session: Session, found: Mapping[str, str]) -> Counts:
    """Import what exists and the state does not know: a bootstrap was cut off, perhaps on another machine.

    Everything else of the layer is settings, which creating again only sets.
    """
    adopt = terraform.dir / "adopt.tf.json"
    if not found:
        return _converge(session, terraform)
    write_private_json(adopt, {"import": [{"to": address, "id": each} for address, each in sorted(found.items())]})
    try:
        return _converge(session, terraform)
    finally:
        adopt.unlink(missing_ok=True)
