"""The data guard: a resource that holds data is destroyed only when an `--allow` names its address."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from pipeline.bundle.allowances import allow_option, parse_allowance
from pipeline.clock import now
from pipeline.errors import ExitCode, SitechatError
from pipeline.planning.planner import LayerPlan
from terraform_json.plan import Plan, resource_changes

if TYPE_CHECKING:
    from config import Environment

# Resource types that hold data, or that take a day to restore.
STATEFUL = frozenset(
    {
        "aws_backup_vault",
        "aws_cloudtrail",
        "aws_cloudtrail_event_data_store",
        "aws_cloudwatch_log_group",
        "aws_dynamodb_table",
        "aws_dynamodb_table_replica",
        "aws_ecr_repository",
        "aws_kms_key",
        "aws_kms_replica_key",
        "aws_opensearch_domain",
        "aws_route53_zone",
        "aws_s3_bucket",
        "aws_secretsmanager_secret",
    }
)
# Resource types that carry the traffic of a live site: guarded where the environment is protected.
TRAFFIC = frozenset({"aws_cloudfront_vpc_origin", "aws_ecs_service", "aws_lb"})

# Addresses of guarded resources that a plan destroys, by layer.
Losses = Mapping[str, tuple[str, ...]]


def stateful_losses(plan: Plan) -> tuple[str, ...]:
    """Addresses of guarded resources that the plan destroys or replaces, also those no longer in the configuration."""
    return tuple(
        address
        for address, resource_type, kind in resource_changes(plan)
        if kind in ("destroy", "replace") and resource_type in STATEFUL | TRAFFIC
    )


def needs_allowance(address: str, env: Environment) -> bool:
    """Whether destroying this guarded resource needs an `--allow`.

    Without `protection`, traffic resources need none, and in the emulated AWS nothing does.
    """
    return env.protection or not (env.emulated or address.split(".")[0] in TRAFFIC)


def refuse_losses(losses: Losses, allow: Collection[str], env: Environment, *, today: date | None = None) -> None:
    """Raise SitechatError (5) for guarded resources destroyed without an `--allow`; the hint gives the options to use.

    An `--allow` of something that isn't destroyed is refused too: it was meant for another plan. `today` is for tests.
    """
    today = today or now().date()
    allowed = {(each.layer, each.address): text for text in allow for each in [parse_allowance(text, today)]}
    gone = [(layer, address) for layer, addresses in losses.items() for address in addresses]
    _refuse_unused([text for key, text in allowed.items() if key not in gone])
    missing = [(layer, address) for layer, address in gone if needs_allowance(address, env)]
    missing = [key for key in missing if key not in allowed]
    if missing:
        lines = "\n".join(f"  {layer}: {address}" for layer, address in missing)
        options = " ".join(allow_option(layer, address, today) for layer, address in missing)
        raise SitechatError(
            f"refused, nothing was changed: this would destroy what holds data or serves visitors\n{lines}",
            hint=f"If that is meant: {options}",
            code=ExitCode.REFUSED,
            options=options,
        )


def refuse_unused_allowances(allow: Collection[str], plans: Sequence[LayerPlan]) -> None:
    """Raise SitechatError (5) for an `--allow` of something that none of `plans`, real or preview, destroys.

    A failed preview doesn't tell what it would destroy: then nothing is refused until that layer is planned.
    """
    if not any(plan.problem for plan in plans):
        _refuse_unused([text for text in allow if not names_loss(text, plans)])


def names_loss(text: str, plans: Sequence[LayerPlan]) -> bool:
    """Whether this `--allow` names a guarded resource that one of `plans` destroys."""
    wanted = parse_allowance(text, now().date())
    return any(plan.name == wanted.layer and wanted.address in stateful_losses(plan.plan) for plan in plans)


def _refuse_unused(unused: Sequence[str]) -> None:
    if unused:
        raise SitechatError(
            f"--allow names what this plan does not destroy: {', '.join(sorted(unused))}",
            hint="Leave it out, or check layer and address.",
            code=ExitCode.REFUSED,
        )
