"""CodeDeploy for ECS: see `shim.py`."""

from __future__ import annotations

from local_aws.shims.code_deploy.shim import CodeDeploy

__all__ = ["CodeDeploy"]
