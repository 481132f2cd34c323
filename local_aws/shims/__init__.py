"""Operations no emulator has, one file a gap. Each stores and returns what was created and answers 501 to the rest."""

from __future__ import annotations

from local_aws.shims.access_analyzer import AccessAnalyzer
from local_aws.shims.autoscaling import AutoScaling
from local_aws.shims.base import Shim
from local_aws.shims.cost_anomaly import CostAnomaly
from local_aws.shims.security_hub import SecurityHub
from local_aws.shims.waf_logging import WafLogging
from local_aws.shims.xray import Xray


def all_shims() -> dict[str, Shim]:
    """Fresh shims, by the service they stand for: their state is that of one run."""
    shims: tuple[Shim, ...] = (AccessAnalyzer(), AutoScaling(), CostAnomaly(), SecurityHub(), WafLogging(), Xray())
    return {shim.service: shim for shim in shims}
