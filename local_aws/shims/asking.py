"""Requests of a shim to the emulators, on behalf of the client whose request it answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from local_aws.messages import Request, Response
from local_aws.shims.base import Forward, Item


@dataclass(frozen=True)
class Asking:
    """Requests in the region and with the credentials of `request`, sent by `forward`."""

    request: Request
    forward: Forward

    def json(self, service: str, operation: str, body: Mapping[str, Any]) -> Item:
        """The answer of a service of the JSON protocol; `operation` with the prefix of its target."""
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": operation}
        return dict(json.loads(self._ask(service, json.dumps(body).encode(), headers).body))

    def query(self, service: str, form: Mapping[str, str]) -> ElementTree.Element:
        """The answer of a service of the query protocol."""
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return ElementTree.fromstring(self._ask(service, urlencode(form).encode(), headers).body)

    def ec2(self, action: str, form: Mapping[str, str] | None = None) -> ElementTree.Element:
        """The answer of EC2 to an action."""
        return self.query("ec2", {"Action": action, "Version": "2016-11-15", **(form or {})})

    def balancing(self, action: str, form: Mapping[str, str] | None = None) -> ElementTree.Element:
        """The answer of Elastic Load Balancing to an action."""
        return self.query("elasticloadbalancing", {"Action": action, "Version": "2015-12-01", **(form or {})})

    def get(self, service: str, path: str) -> Response:
        """The answer of a REST service to a GET, also where it is an error."""
        return self._ask(service, b"", {}, method="GET", path=path)

    def post(self, service: str, path: str, body: Mapping[str, Any]) -> Response:
        """The answer of a service of the REST protocol with JSON, also where it is an error."""
        content = {"content-type": "application/json"}
        return self._ask(service, json.dumps(body).encode(), content, method="POST", path=path)

    def _ask(
        self, service: str, body: bytes, headers: Mapping[str, str], *, method: str = "POST", path: str = "/"
    ) -> Response:
        kept = {name: self.request.headers[name] for name in ("authorization", "host") if name in self.request.headers}
        # The emulators read the service from the scope of the signature, which they don't check.
        own = f"/{self.request.service}/"
        signed = {name: value.replace(own, f"/{service}/") for name, value in kept.items()}
        sent = {**signed, **headers, "content-length": str(len(body))}
        return self.forward(replace(self.request, method=method, service=service, path=path, headers=sent, body=body))
