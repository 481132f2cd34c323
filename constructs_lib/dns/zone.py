"""A public hosted zone."""

from __future__ import annotations

from cdktf import Fn, TerraformOutput, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.route53_zone import Route53Zone
from constructs import Construct


class PublicZone(Construct):
    """A zone whose name servers a person enters at the registrar or in the parent zone, once.

    A new zone gets other name servers, so losing this one cuts the site off: it is protected by default.
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, protected: bool = True) -> None:
        super().__init__(scope, id_)
        self.zone = Route53Zone(
            self,
            "zone",
            name=name,
            comment=f"Public zone of {name}",
            force_destroy=not protected,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
        )
        self.id: str = self.zone.zone_id
        servers = TerraformOutput(
            self,
            "name_servers",
            value=Fn.join(" ", self.zone.name_servers),
            description="Enter these as NS records at the registrar or in the parent zone",
        )
        servers.override_logical_id("name_servers")
