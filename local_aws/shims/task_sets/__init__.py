"""Task sets of ECS services that CodeDeploy deploys: see `shim.py`."""

from __future__ import annotations

from local_aws.shims.task_sets.shim import EcsTaskSets

__all__ = ["EcsTaskSets"]
