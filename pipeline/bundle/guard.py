"""Destroying something that holds data needs its address spelled out, with an expiry."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from pipeline.bundle.allowances import flag, parse
from pipeline.bundle.changes import TRAFFIC, stateful_losses
from pipeline.bundle.manifest import now
from pipeline.bundle.planner import LayerPlan
from pipeline.errors import ExitCode, SitechatError

if TYPE_CHECKING:
    from config import Environment

#: Addresses by layer.
Losses = Mapping[str, tuple[str, ...]]


def needs_leave(address: str, env: "Environment") -> bool:
    """May this guarded resource go only when it is named? Without `protection` what carries traffic is free to go,
    and in the emulated AWS everything."""
    return env.protection or not (env.emulated or address.split(".")[0] in TRAFFIC)


def refuse_losses(losses: Losses, allow: Collection[str], env: "Environment", *, today: date | None = None) -> None:
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
