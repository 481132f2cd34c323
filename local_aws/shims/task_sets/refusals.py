"""What ECS refuses for services that CodeDeploy deploys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_aws.messages import NOT_IMPLEMENTED_CODE, NOT_IMPLEMENTED_STATUS
from local_aws.shims.base import ShimError

_TAIL = "on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment."
# Words as users of ECS report them for the first, the second and forced deployments; the others are alike.
_BY_CODE_DEPLOY = {
    "taskDefinition": "task definition",
    "networkConfiguration": "network parameters",
    "loadBalancers": "load balancers",
    "platformVersion": "platform version",
}
# What UpdateService may change of them (API reference).
_BY_UPDATE = {
    "cluster",
    "service",
    "desiredCount",
    "deploymentConfiguration",
    "healthCheckGracePeriodSeconds",
    "placementConstraints",
    "placementStrategy",
    "enableECSManagedTags",
    "propagateTags",
    "forceNewDeployment",
}
_BREAKER = "Deployment circuit breaker feature is only supported with ECS deployment controller."


def refuse_creation(body: Mapping[str, Any]) -> None:
    """Raise ShimError for what CreateService refuses with CodeDeploy's controller."""
    breaker = (body.get("deploymentConfiguration") or {}).get("deploymentCircuitBreaker") or {}
    if breaker.get("enable"):
        message = f"{_BREAKER} Update to ECS deployment controller and try again."
        raise ShimError("InvalidParameterException", message)
    if ((body.get("deploymentConfiguration") or {}).get("alarms") or {}).get("enable"):
        raise ShimError("InvalidParameterException", "DeploymentAlarms take the ECS deployment controller")
    if not body.get("loadBalancers"):
        message = "a service with the CODE_DEPLOY deployment controller needs a load balancer"
        raise ShimError("InvalidParameterException", message)


def refuse_update(body: Mapping[str, Any]) -> None:
    """Raise ShimError for what UpdateService refuses, and with 501 for what no document tells."""
    for name, words in _BY_CODE_DEPLOY.items():
        if body.get(name) is not None:
            raise ShimError("InvalidParameterException", f"Unable to update {words} {_TAIL}")
    if body.get("forceNewDeployment"):
        raise ShimError("InvalidParameterException", f"Cannot force a new deployment {_TAIL}")
    if strange := sorted(name for name in body.keys() - _BY_UPDATE if body[name] is not None):
        message = f"whether UpdateService changes {', '.join(strange)} of services of CodeDeploy isn't documented"
        raise ShimError(NOT_IMPLEMENTED_CODE, message, NOT_IMPLEMENTED_STATUS)
