"""Operations no emulator has, one file a gap. Each stores and returns what was created and answers 501 to the rest."""

from __future__ import annotations

from local_aws.shims.autoscaling import AutoScaling
from local_aws.shims.base import Shim


def all_shims() -> dict[str, Shim]:
    """Fresh shims, by the service they stand for: their state is that of one run."""
    shims: tuple[Shim, ...] = (AutoScaling(),)
    return {shim.service: shim for shim in shims}
