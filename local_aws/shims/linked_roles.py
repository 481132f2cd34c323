"""Service-linked roles: ministack describes one in words of its own, whatever was asked for."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlencode
from xml.etree import ElementTree

from local_aws.messages import Request, Response
from local_aws.shims.base import Forward, Shim

_NAME = ".//{*}RoleName"


class LinkedRoles(Shim):
    """Sets the requested description by an UpdateRole of its own."""

    service = "iam"

    def answer(self, request: Request, forward: Forward) -> Response | None:
        form = parse_qs(request.body.decode()) if request.operation == "CreateServiceLinkedRole" else {}
        if "Description" not in form:
            return None
        given = forward(request)
        if given.status >= 300:
            return given
        asked = {
            "Action": "UpdateRole",
            "Version": form["Version"][0],
            "RoleName": ElementTree.fromstring(given.body).findtext(_NAME, ""),
            "Description": form["Description"][0],
        }
        body = urlencode(asked).encode()
        done = forward(replace(request, headers={**request.headers, "content-length": str(len(body))}, body=body))
        return given if done.status < 300 else done
