"""[dns]: the name of the site."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.checks import DomainName, StrictModel, Text

# Route 53 ids are at most 32 characters (ResourceId).
ZoneId = Annotated[str, Text(r"Z[A-Z0-9]{5,31}", "a hosted zone id: Z and up to 31 capital letters or digits")]


class DnsSection(StrictModel):
    """Domain and hosted zone. Without a domain the site answers under CloudFront's own name."""

    domain: DomainName | None = Field(default=None, description="Host name of the site, such as chat.example.com.")
    zone_name: DomainName | None = Field(
        default=None, description="Hosted zone that holds the name; by default the domain itself."
    )
    zone: Literal["create", "existing"] = Field(
        default="create", description="Create the hosted zone or use one that exists."
    )
    zone_id: ZoneId | None = Field(default=None, description="Id of the existing hosted zone.")

    @property
    def zone_domain(self) -> str | None:
        """Name of the hosted zone, if there is a domain."""
        return self.zone_name or self.domain
