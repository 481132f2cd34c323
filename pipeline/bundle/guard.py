"""Destroying something that holds data needs its address spelled out, with an expiry."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from pipeline.bundle.allowances import flag, parse
from pipeline.clock import now
from pipeline.errors import ExitCode, SitechatError
from pipeline.planning.planner import LayerPlan
from terraform_json.plan import Plan, resource_changes

if TYPE_CHECKING:
    from config import Environment

# Resources that hold data or cost a day to get back.
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
# They carry the traffic of a live site: kept where the environment is protected.
TRAFFIC = frozenset({"aws_cloudfront_vpc_origin", "aws_lb"})

# Addresses by layer.
Losses = Mapping[str, tuple[str, ...]]


def stateful_losses(plan: Plan) -> tuple[str, ...]:
    """Addresses of guarded resources that the plan destroys or replaces, also when they vanished from the code."""
    return tuple(
        address
        for address, resource_type, kind in resource_changes(plan)
        if kind in ("destroy", "replace") and resource_type in STATEFUL | TRAFFIC
    )


def needs_leave(address: str, env: Environment) -> bool:
    """May this guarded resource go only when it is named? Without `protection` what carries traffic is free to go,
    and in the emulated AWS everything."""
    return env.protection or not (env.emulated or address.split(".")[0] in TRAFFIC)


def refuse_losses(losses: Losses, allow: Collection[str], env: Environment, *, today: date | None = None) -> None:
    """Raise SitechatError (5) for guarded resources that go without an `--allow`, and name the one to use.

    One that allows what nothing destroys is refused too: it was meant for another plan. `today` is given by tests.
    """
    today = today or now().date()
    allowed = {(each.layer, each.address): text for text in allow for each in [parse(text, today)]}
    gone = [(layer, address) for layer, addresses in losses.items() for address in addresses]
    _refuse_strays([text for key, text in allowed.items() if key not in gone])
    missing = [(layer, address) for layer, address in gone if needs_leave(address, env)]
    missing = [key for key in missing if key not in allowed]
    if missing:
        lines = "\n".join(f"  {layer}: {address}" for layer, address in missing)
        raise SitechatError(
            f"refused, nothing was changed: this would destroy what holds data\n{lines}",
            hint=f"If that is meant: {' '.join(flag(layer, address, today) for layer, address in missing)}",
            code=ExitCode.REFUSED,
        )


def refuse_strays(allow: Collection[str], plans: Sequence[LayerPlan]) -> None:
    """Raise SitechatError (5) for an `--allow` of what none of `plans`, real or preview, destroys.

    Where a preview failed nobody knows what it would destroy: then nothing is refused before its turn comes.
    """
    if not any(plan.problem for plan in plans):
        _refuse_strays([text for text in allow if not meant(text, plans)])


def meant(text: str, plans: Sequence[LayerPlan]) -> bool:
    """Does this `--allow` name what one of `plans` destroys?"""
    wanted = parse(text, now().date())
    return any(plan.name == wanted.layer and wanted.address in stateful_losses(plan.plan) for plan in plans)


def _refuse_strays(strays: Sequence[str]) -> None:
    if strays:
        raise SitechatError(
            f"--allow names what this plan does not destroy: {', '.join(sorted(strays))}",
            hint="Leave it out, or check layer and address.",
            code=ExitCode.REFUSED,
        )
