"""Destroying something that holds data needs its address spelled out."""

from collections.abc import Collection, Mapping

from pipeline.errors import ExitCode, SitechatError


def refuse_losses(losses: Mapping[str, tuple[str, ...]], allowed: Collection[str], *, protected: bool) -> None:
    """Raise SitechatError (5) for stateful resources that go without `--allow ADDRESS`. `losses` is by layer.

    An allowed address that nothing destroys is refused too: it was meant for another plan. `protected` is false only
    where nothing is worth keeping.
    """
    gone = [address for addresses in losses.values() for address in addresses]
    unknown = sorted(set(allowed) - set(gone))
    if unknown:
        raise SitechatError(
            f"--allow names what this plan does not destroy: {', '.join(unknown)}",
            hint="Leave it out, or check the address.",
            code=ExitCode.REFUSED,
        )
    missing = [address for address in gone if address not in allowed]
    if missing and protected:
        lines = "\n".join(
            f"  {layer}: {address}" for layer, each in losses.items() for address in each if address in missing
        )
        flags = " ".join(f"--allow {address}" for address in missing)
        raise SitechatError(
            f"refused, nothing was changed: this would destroy what holds data\n{lines}",
            hint=f"If that is meant: {flags}",
            code=ExitCode.REFUSED,
        )
