"""CodeDeploy's deployments of ECS services: `Releases` runs them, and they shift traffic on the data plane."""

from __future__ import annotations

from local_aws.releases.deployment import Deployment
from local_aws.releases.releases import Releases

__all__ = ["Deployment", "Releases"]
