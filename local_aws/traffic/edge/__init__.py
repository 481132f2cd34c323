"""CloudFront and WAF of the emulated AWS: `Edge(world, origins).answer(ask)`."""

from __future__ import annotations

from local_aws.traffic.edge.edge import Edge
from local_aws.traffic.edge.origins import Origins

__all__ = ["Edge", "Origins"]
