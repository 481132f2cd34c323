"""What CreateDeployment asks for, read and checked. What isn't known of CodeDeploy is 501."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from local_aws.messages import NOT_IMPLEMENTED_CODE, NOT_IMPLEMENTED_STATUS, Request
from local_aws.releases import Releases
from local_aws.releases.appspec import AppSpec, AppSpecError, UnknownAppSpecError, parse
from local_aws.releases.calls import CallError
from local_aws.releases.deployment import Place, Wish
from local_aws.releases.listeners import UnknownRouteError
from local_aws.releases.shifting import shifts_of
from local_aws.shims.base import Item, ShimError
from local_aws.shims.code_deploy.configs import Configs

_EVENTS = ("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST")


class Wishes:
    """Reads requests of deployments, with the settings of their groups."""

    def __init__(self, configs: Configs) -> None:
        self._configs = configs

    def of(self, request: Request, body: Item, group: Item, releases: Releases) -> tuple[Wish, Place]:
        """What is asked for, and where it shifts traffic. Raises ShimError."""
        if group["computePlatform"] != "ECS":
            raise _unknown(f"deployments of {group['computePlatform']} aren't emulated, those of ECS services are")
        content, spec = _revision(body.get("revision"))
        name = body.get("deploymentConfigName") or group.get("deploymentConfigName") or ""
        config = self._configs.find(request, name)
        _check_ends(group, spec)
        alarms = body.get("overrideAlarmConfiguration") or group.get("alarmConfiguration") or {}
        names = tuple(each["name"] for each in alarms.get("alarms") or []) if alarms.get("enabled") else ()
        ignores = bool(alarms.get("ignorePollAlarmFailure"))
        rollback = body.get("autoRollbackConfiguration") or group.get("autoRollbackConfiguration") or {}
        events = frozenset(rollback.get("events") or []) if rollback.get("enabled") else frozenset()
        if strange := events - set(_EVENTS):
            raise ShimError("InvalidAutoRollbackConfigException", f"no rollback event: {', '.join(sorted(strange))}")
        kept = ("description", "overrideAlarmConfiguration")
        wish = Wish(
            application=body["applicationName"],
            group=dict(group),
            config=name,
            spec=spec,
            content=content,
            shifts=shifts_of(config["trafficRoutingConfig"]),
            alarms=names,
            ignores_unreadable_alarms=ignores,
            rollback_events=events,
            described={each: body[each] for each in kept if each in body},
        )
        return wish, _place(group, wish, releases)


def _revision(told: Mapping[str, Any] | None) -> tuple[str, AppSpec]:
    if not told:
        raise ShimError("RevisionRequiredException", "a deployment needs a revision")
    if told.get("revisionType") != "AppSpecContent":
        raise _unknown(f"revisions of type {told.get('revisionType')} aren't read here: use AppSpecContent")
    given = told.get("appSpecContent") or {}
    content = str(given.get("content") or "")
    sha256 = given.get("sha256")
    if sha256 and sha256 != hashlib.sha256(content.encode()).hexdigest():
        raise _unknown("what CodeDeploy does about a sha256 that isn't the content's isn't documented")
    try:
        return content, parse(content)
    except AppSpecError as problem:
        raise ShimError("InvalidRevisionException", str(problem)) from None
    except UnknownAppSpecError as problem:
        raise _unknown(str(problem)) from None


def _check_ends(group: Item, spec: AppSpec) -> None:
    """Refuse ways of beginning and ending that no document describes."""
    blue_green = group.get("blueGreenDeploymentConfiguration") or {}
    ended = (blue_green.get("terminateBlueInstancesOnDeploymentSuccess") or {}).get("action", "TERMINATE")
    if ended != "TERMINATE":
        raise _unknown(f"what an ECS deployment does with its original task set by {ended} isn't documented")
    ready = (blue_green.get("deploymentReadyOption") or {}).get("actionOnTimeout")
    if ready == "STOP_DEPLOYMENT" and "BeforeAllowTraffic" in spec.hooks:
        raise _unknown("whether STOP_DEPLOYMENT waits before or after the hook BeforeAllowTraffic isn't documented")


def _place(group: Item, wish: Wish, releases: Releases) -> Place:
    """Names and ARNs of a group's service, pair and listeners. Raises ShimError."""
    services = group.get("ecsServices") or []
    pairs = (group.get("loadBalancerInfo") or {}).get("targetGroupPairInfoList") or []
    if len(services) != 1 or len(pairs) != 1 or len(pairs[0].get("targetGroups") or []) != 2:
        message = "a deployment of ECS needs one service, and one pair of target groups"
        raise ShimError("InvalidLoadBalancerInfoException", message)
    production = (pairs[0].get("prodTrafficRoute") or {}).get("listenerArns") or []
    test = (pairs[0].get("testTrafficRoute") or {}).get("listenerArns") or []
    if len(production) != 1 or len(test) > 1:
        message = "the pair needs one production listener, and one test listener at most"
        raise ShimError("InvalidLoadBalancerInfoException", message)
    listeners = releases.listeners
    try:
        groups = tuple(listeners.target_group(each["name"]) for each in pairs[0]["targetGroups"])
        for each in (*production, *test):
            listeners.check(each, groups)
        place = Place(
            services[0]["clusterName"], services[0]["serviceName"], groups, production[0], test[0] if test else ""
        )
        _check_service(place, releases)
        known = releases.calls.alarms(list(wish.alarms)) if wish.alarms else {}
    except UnknownRouteError as problem:
        raise _unknown(str(problem)) from None
    except CallError as problem:
        raise ShimError("InvalidLoadBalancerInfoException", f"{problem.service}: {problem}") from None
    if (missing := [each for each in wish.alarms if each not in known]) and not wish.ignores_unreadable_alarms:
        raise _unknown(f"what CodeDeploy does about alarms that don't exist isn't documented: {', '.join(missing)}")
    return place


def _check_service(place: Place, releases: Releases) -> None:
    told = releases.calls.ecs("DescribeServices", cluster=place.cluster, services=[place.service])
    service: Item = next((each for each in told["services"] if each["status"] == "ACTIVE"), {})
    if (service.get("deploymentController") or {}).get("type") != "CODE_DEPLOY":
        message = f"service {place.service} of cluster {place.cluster} isn't there, or not deployed by CodeDeploy"
        raise ShimError("InvalidECSServiceException", message)
    if len(service["taskSets"]) > 1:
        raise _unknown(
            f"service {place.service} has a task set that a deployment left without a rollback: what the next "
            "deployment does with it isn't documented"
        )


def _unknown(message: str) -> ShimError:
    return ShimError(NOT_IMPLEMENTED_CODE, message, NOT_IMPLEMENTED_STATUS)
