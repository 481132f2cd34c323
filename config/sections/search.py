"""[search]: the OpenSearch domain."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.checks import Numbers, SearchInstanceType, StrictModel, Text

# Versions before 2 lack what the index needs; newer ones appear at AWS without a change here.
EngineVersion = Annotated[
    str, Text(r"OpenSearch_[2-9]\.(?:0|[1-9]\d?)", "an OpenSearch version from 2, such as OpenSearch_2.19")
]
IndexName = Annotated[
    str, Text(r"[a-z0-9][a-z0-9_-]*", "up to 128 lower-case letters, digits, _ and -, not starting with _ or -", 128)
]


class SearchSection(StrictModel):
    """Size and version of the domain that answers retrieval."""

    enabled: bool = Field(
        default=True, description="Build the domain. Without it the application answers with no retrieval."
    )
    instance_type: SearchInstanceType = Field(default="t3.small.search", description="Type of the data nodes.")
    instance_count: int = Field(
        default=1, ge=1, le=80, description="Data nodes; a multiple of the workload zones, or one."
    )
    volume_gib: int = Field(default=10, ge=10, le=24576, description="Disk of each data node (gp3).")
    engine_version: EngineVersion = Field(default="OpenSearch_2.19", description="Version of the engine.")
    index: IndexName = Field(default="site", description="Name of the index that holds the site.")
    # botocore, opensearch ClusterConfig: more than two and not four.
    dedicated_masters: Annotated[int, Numbers(0, 3, 5)] = Field(default=0, description="Dedicated master nodes.")
