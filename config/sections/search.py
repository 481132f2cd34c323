"""[search]: the OpenSearch domain."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.checks import Numbers, OneOf, SearchInstanceType, StrictModel, Text

# Versions that the service offers (`aws opensearch list-versions`, 2026-11); those before 2 lack what the index needs.
VERSIONS = tuple(
    f"OpenSearch_{number}"
    for number in ("2.3", "2.5", "2.7", "2.9", "2.11", "2.13", "2.15", "2.17", "2.19", "3.1", "3.3", "3.5")
)
EngineVersion = Annotated[str, OneOf(lambda: VERSIONS, f"one of {', '.join(VERSIONS)}")]
IndexName = Annotated[
    str, Text(r"[a-z0-9][a-z0-9_-]*", "up to 128 lower-case letters, digits, _ and -, not starting with _ or -", 128)
]
# botocore, opensearch DomainName.
DomainName = Annotated[
    str, Text(r"[a-z][a-z0-9-]{2,27}", "3 to 28 lower-case letters, digits and -, starting with a letter", 28, 3)
]


class SearchSection(StrictModel):
    """Size and version of the domain that answers retrieval."""

    enabled: bool = Field(
        default=True, description="Build the domain. Without it the application answers with no retrieval."
    )
    domain: Literal["create", "existing"] = Field(
        default="create",
        description="Create the domain, or use one that is there: in the emulated AWS alone, where creation would wait "
        "ten minutes for nothing.",
    )
    domain_name: DomainName | None = Field(
        default=None, description="Name of the domain that is there; `sitechat local up` makes `local-search`."
    )
    instance_type: SearchInstanceType = Field(default="t3.small.search", description="Type of the data nodes.")
    instance_count: int = Field(
        default=1, ge=1, le=80, description="Data nodes; a multiple of the workload zones, or one."
    )
    volume_gib: int = Field(default=10, ge=10, le=32768, description="Disk of each data node (gp3).")
    engine_version: EngineVersion = Field(default="OpenSearch_2.19", description="Version of the engine.")
    index: IndexName = Field(default="site", description="Name of the index that holds the site.")
    # botocore, opensearch ClusterConfig: more than two and not four.
    dedicated_masters: Annotated[int, Numbers(0, 3, 5)] = Field(default=0, description="Dedicated master nodes.")

    @property
    def builds_domain(self) -> bool:
        """Whether a domain is built, and not only used."""
        return self.enabled and self.domain == "create"
