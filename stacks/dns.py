"""dns: the hosted zone. A wave of its own, because a person has to delegate it before certificates can be validated."""

from __future__ import annotations

from dataclasses import dataclass

from constructs import Construct

from config import Environment
from constructs_lib.dns.zone import PublicZone
from stacks.base import LayerSettings, LayerStack


@dataclass(frozen=True)
class DnsOutputs:
    """The zone that holds the site's records."""

    zone_id: str


class DnsStack(LayerStack):
    """A new public zone; an existing one needs no layer."""

    def __init__(self, scope: Construct, env: Environment, *, id_: str = "dns", zone_name: str) -> None:
        super().__init__(scope, id_, LayerSettings.of(env), global_scope=True)
        zone = PublicZone(self, "zone", name=zone_name, protected=env.protection)
        self.outputs = DnsOutputs(zone_id=zone.id)
