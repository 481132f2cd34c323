"""Calls of AWS's APIs that CodeDeploy and ECS make, through the gateway as everybody's."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree

from local_aws.endpoint import ACCOUNT_ID

# In the user agent of CodeDeploy's own requests: task sets of its services are its alone.
AGENT = "local-aws-codedeploy"
_SECONDS = 120.0
_ECS = "AmazonEC2ContainerServiceV20141113."
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_JSON = {"Content-Type": "application/x-amz-json-1.1"}


class CallError(Exception):
    """A refused call, with AWS's code and words."""

    def __init__(self, service: str, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.service, self.status, self.code = service, status, code


@dataclass(frozen=True)
class Alarm:
    """State of an alarm, and how many seconds it looks back."""

    state: str
    seconds: int


@dataclass(frozen=True)
class Calls:
    """Calls in one region of the emulated AWS at `gateway`, by `agent`."""

    gateway: str
    region: str
    agent: str = AGENT

    def ecs(self, operation: str, **body: Any) -> dict[str, Any]:
        """The answer of ECS. Raises CallError."""
        headers = {**_JSON, "X-Amz-Target": _ECS + operation}
        return dict(json.loads(self._ask("ecs", "/", json.dumps(body), headers)))

    def balancing(self, action: str, form: Mapping[str, str]) -> ElementTree.Element:
        """The answer of Elastic Load Balancing. Raises CallError."""
        sent = urlencode({"Action": action, "Version": "2015-12-01", **form})
        return ElementTree.fromstring(self._ask("elasticloadbalancing", "/", sent, _FORM))

    def alarms(self, names: list[str]) -> dict[str, str]:
        """State of each alarm that exists, by its name. Raises CallError."""
        return {name: each.state for name, each in self.alarms_looked_at(names).items()}

    def alarms_looked_at(self, names: list[str]) -> dict[str, Alarm]:
        """Each alarm that exists, by its name. Raises CallError."""
        form = {f"AlarmNames.member.{place}": name for place, name in enumerate(names, start=1)}
        types = {"AlarmTypes.member.1": "MetricAlarm", "AlarmTypes.member.2": "CompositeAlarm"}
        sent = urlencode({"Action": "DescribeAlarms", "Version": "2010-08-01", **form, **types})
        found = ElementTree.fromstring(self._ask("monitoring", "/", sent, _FORM)).iter()
        members = [each for each in found if each.find("{*}AlarmName") is not None]
        return {each.findtext("{*}AlarmName", ""): _alarm(each) for each in members}

    def invoke(self, function: str, event: Mapping[str, str]) -> None:
        """Invoke a function without waiting for its answer. Raises CallError."""
        path = f"/2015-03-31/functions/{quote(function, safe='')}/invocations"
        self._ask("lambda", path, json.dumps(event), {**_JSON, "X-Amz-Invocation-Type": "Event"})

    def _ask(self, service: str, path: str, body: str, headers: Mapping[str, str]) -> bytes:
        address = urlsplit(self.gateway)
        scope = f"{ACCOUNT_ID}/20260101/{self.region}/{service}/aws4_request"
        signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
        sent = {**headers, "Authorization": signed, "User-Agent": self.agent}
        with closing(http.client.HTTPConnection(str(address.hostname), address.port, timeout=_SECONDS)) as connection:
            connection.request("POST", path, body, sent)
            answer = connection.getresponse()
            said = answer.read()
        if answer.status >= http.client.BAD_REQUEST:
            raise CallError(service, answer.status, *_refusal(said))
        return said


def _alarm(told: ElementTree.Element) -> Alarm:
    periods = [int(each.text or 0) for each in told.iter() if each.tag.rpartition("}")[2] == "Period"]
    return Alarm(
        told.findtext("{*}StateValue", ""), max(periods, default=0) * int(told.findtext("{*}EvaluationPeriods") or 1)
    )


def _refusal(said: bytes) -> tuple[str, str]:
    """Code and words of an error, in JSON or in XML."""
    try:
        told = json.loads(said)
        return str(told.get("__type", "")).rpartition("#")[2], str(told.get("message") or told.get("Message") or "")
    except ValueError:
        pass
    try:
        root = ElementTree.fromstring(said)
    except ElementTree.ParseError:
        return "", said[:500].decode("utf-8", "replace")
    return root.findtext(".//{*}Code", ""), root.findtext(".//{*}Message", "")
