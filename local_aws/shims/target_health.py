"""Health of targets: ministack calls every registered one healthy; with the data plane its load balancers say."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from urllib.parse import quote
from xml.etree import ElementTree

from local_aws.endpoint import LOOPBACK, PLANE_AGENT
from local_aws.messages import Request, Response
from local_aws.shims.base import AnswerRepair
from local_aws.shims.listener_actions import NAMESPACE, ListenerActions, form_of, tagged

_SECONDS = 10
# States in AWS's words (ELB API reference, TargetHealth) of targets that the plane doesn't know yet, or is about to
# drain, and of one that is asked for by name and isn't registered.
_NEW = ("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
_LEAVING = ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
_UNKNOWN = ("unused", "Target.NotRegistered", "Target is not registered to the target group")
Target = tuple[str, str]


@dataclass(frozen=True)
class Health:
    """Health of one target; a healthy one has neither reason nor description."""

    state: str
    reason: str
    description: str
    check_port: str = ""


class TargetHealth(ListenerActions):
    """`ListenerActions`, and the health of targets as the plane's load balancers know it.

    The plane itself is told what ministack has: that is how it learns of registrations. It acts in one region; in
    others every target stays healthy.
    """

    def __init__(self, control_port: int, region: str) -> None:
        super().__init__()
        self._control_port, self._region = control_port, region

    def repairs(self) -> Mapping[str, AnswerRepair]:
        return {**super().repairs(), "DescribeTargetHealth": self._health}

    def _health(self, request: Request, given: Response) -> Response:
        if PLANE_AGENT in request.headers.get("user-agent", "") or request.region != self._region:
            return given
        form = form_of(request)
        root = ElementTree.fromstring(given.body)
        descriptions = next(root.iter(tagged("TargetHealthDescriptions")))
        registered = [_target(each) for each in descriptions]
        known = self._known(form["TargetGroupArn"])
        present = list(dict.fromkeys([*registered, *known]))
        for each in list(descriptions):
            descriptions.remove(each)
        for target in _asked_for(list(_named(form)), present):
            descriptions.append(_described(target, _health_of(target in registered, known.get(target))))
        return replace(given, body=ElementTree.tostring(root, default_namespace=NAMESPACE))

    def _known(self, arn: str) -> dict[Target, Health]:
        """Health by address and port; empty for a group that the plane hasn't read yet."""
        with closing(http.client.HTTPConnection(LOOPBACK, self._control_port, timeout=_SECONDS)) as connection:
            connection.request("GET", f"/target-health/{quote(arn)}")
            answer = connection.getresponse()
            told = json.loads(answer.read())
        if answer.status != http.client.OK:
            return {}
        return {
            (each["ip"], str(each["port"])): Health(
                each["state"], each["reason"], each["description"], str(each["check_port"])
            )
            for each in told
        }


def _health_of(registered: bool, known: Health | None) -> Health:
    """Health of a target. What was registered or deregistered a moment ago the plane hasn't read yet."""
    if known is None:
        return Health(*(_NEW if registered else _UNKNOWN))
    if registered == (known.state != "draining"):
        return known
    return Health(*(_NEW if registered else _LEAVING), known.check_port)


def _asked_for(named: list[Target], present: list[Target]) -> list[Target]:
    """Targets that are described: those named, else all. One named without a port stands for all of its ports."""
    if not named:
        return present
    found: list[Target] = []
    for ip, port in named:
        found += [each for each in present if each[0] == ip and port in ("", each[1])] or [(ip, port)]
    return list(dict.fromkeys(found))


def _named(form: Mapping[str, str]) -> Iterator[Target]:
    place = 1
    while ip := form.get(f"Targets.member.{place}.Id"):
        yield ip, form.get(f"Targets.member.{place}.Port", "")
        place += 1


def _target(description: ElementTree.Element) -> Target:
    target = description.find(tagged("Target"))
    assert target is not None
    return target.findtext(tagged("Id"), ""), target.findtext(tagged("Port"), "")


def _described(target: Target, health: Health) -> ElementTree.Element:
    member = ElementTree.Element(tagged("member"))
    ip, port = target
    _put(ElementTree.SubElement(member, tagged("Target")), Id=ip, Port=port)
    _put(member, HealthCheckPort=health.check_port)
    told = ElementTree.SubElement(member, tagged("TargetHealth"))
    _put(told, State=health.state, Reason=health.reason, Description=health.description)
    return member


def _put(parent: ElementTree.Element, **values: str) -> None:
    """Add an element for each value that isn't empty."""
    for name, value in values.items():
        if value:
            ElementTree.SubElement(parent, tagged(name)).text = value
