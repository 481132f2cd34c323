"""certificates: the viewer certificate in us-east-1 and one for the load balancer of each region."""

from __future__ import annotations

from dataclasses import dataclass

from cdktf import TerraformProvider
from constructs import Construct

from config import Environment
from config.place import GLOBAL_REGION
from constructs_lib.dns.certificate import RegionalCertificates
from stacks.base import LayerSettings, LayerStack


@dataclass(frozen=True)
class CertificateOutputs:
    """Validated certificates: `viewer` for CloudFront, `regional` for the load balancer of the home region."""

    viewer: str
    regional: str


class CertificatesStack(LayerStack):
    """Certificates for one domain, validated in one zone."""

    def __init__(
        self, scope: Construct, env: Environment, *, id_: str = "certificates", domain: str, zone_id: str
    ) -> None:
        super().__init__(scope, id_, LayerSettings.of(env), global_scope=True)
        providers: dict[str, TerraformProvider | None] = {GLOBAL_REGION: None}
        if env.region != GLOBAL_REGION:
            alias = env.region.replace("-", "_")
            providers[env.region] = self.aws_provider(f"aws_{alias}", region=env.region, alias=alias)
        arns = RegionalCertificates(self, "site", domain=domain, zone_id=zone_id, providers=providers).arns
        self.outputs = CertificateOutputs(viewer=arns[GLOBAL_REGION], regional=arns[env.region])
