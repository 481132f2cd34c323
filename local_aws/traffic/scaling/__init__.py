"""Application Auto Scaling of ECS services: `Scaling`."""

from __future__ import annotations

from local_aws.traffic.scaling.scaling import Scaling

__all__ = ["Scaling"]
