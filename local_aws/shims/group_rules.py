"""Security group rules: moto forgets the description of a rule that names a prefix list or another group."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from local_aws.messages import Request, Response
from local_aws.shims.base import AnswerRepair, Shim

_FORGOTTEN = ("PrefixListIds", "Groups")
_ID = re.compile(rb"<securityGroupRuleId>(sgr-\w+)</securityGroupRuleId>")


class GroupRules(Shim):
    """Descriptions by rule id, for requests with one rule in them, which is how the rule resources send them."""

    service = "ec2"

    def __init__(self) -> None:
        super().__init__()
        self._descriptions: dict[bytes, str] = {}

    def repairs(self) -> Mapping[str, AnswerRepair]:
        return {
            "AuthorizeSecurityGroupIngress": self._keep,
            "AuthorizeSecurityGroupEgress": self._keep,
            "ModifySecurityGroupRules": self._change,
            "DescribeSecurityGroupRules": self._give,
        }

    def _keep(self, request: Request, given: Response) -> Response:
        form = _form(request)
        described = [form[key] for kind in _FORGOTTEN if (key := f"IpPermissions.1.{kind}.1.Description") in form]
        made = _ID.findall(given.body)
        if described and len(made) == 1:
            self._descriptions[made[0]] = described[0]
        return given

    def _change(self, request: Request, given: Response) -> Response:
        form = _form(request)
        rule = form.get("SecurityGroupRule.1.SecurityGroupRuleId", "").encode()
        if rule in self._descriptions:
            self._descriptions[rule] = form.get("SecurityGroupRule.1.SecurityGroupRule.Description", "")
        return given

    def _give(self, request: Request, given: Response) -> Response:
        def put(match: re.Match[bytes]) -> bytes:
            description = self._descriptions.get(match[1])
            return (
                match[0] if not description else match[0] + f"<description>{escape(description)}</description>".encode()
            )

        return replace(given, body=_ID.sub(put, given.body))


def _form(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
