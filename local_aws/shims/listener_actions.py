"""Listeners and rules: ministack forgets weighted forwards, and conditions on query strings or regular expressions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from local_aws.messages import Request, Response
from local_aws.shims.base import AnswerRepair, Shim

NAMESPACE = "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"
# What is kept of a request: the setting's key, without the list that it stands in.
_KEPT = re.compile(
    r"(?:DefaultActions|(Actions|Conditions))\.member\.(\d+)\."
    r"(ForwardConfig\..+|QueryStringConfig\..+|\w+Config\.RegexValues\..+)"
)
Fields = dict[str, str]


class ListenerActions(Shim):
    """The forgotten settings by the ARN of a listener or rule, by list and place in it."""

    service = "elasticloadbalancing"

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[str, dict[tuple[str, int], Fields]] = {}

    def repairs(self) -> Mapping[str, AnswerRepair]:
        changes = ("CreateListener", "ModifyListener", "CreateRule", "ModifyRule")
        return {
            **dict.fromkeys(changes, self._keep),
            "DescribeListeners": self._give,
            "DescribeRules": self._give,
            "SetRulePriorities": self._give,
        }

    def _keep(self, request: Request, given: Response) -> Response:
        form = form_of(request)
        for _, arn in _described(ElementTree.fromstring(given.body), form):
            before = self._kept.setdefault(arn, {})
            # A list that is sent replaces the former one, a list that isn't stays.
            sent = {_list(name) for name in form}
            self._kept[arn] = {key: fields for key, fields in before.items() if key[0] not in sent}
            for name, value in form.items():
                if match := _KEPT.fullmatch(name):
                    key = (match[1] or "Actions", int(match[2]))
                    self._kept[arn].setdefault(key, {})[match[3]] = value
        return self._give(request, given)

    def _give(self, request: Request, given: Response) -> Response:
        root = ElementTree.fromstring(given.body)
        for element, arn in _described(root, form_of(request)):
            for (kind, place), fields in self._kept.get(arn, {}).items():
                parents = element.find(tagged(kind)), element.find(tagged(f"Default{kind}"))
                members = [member for parent in parents if parent is not None for member in parent]
                for name, value in fields.items():
                    _put(members[place - 1], name.split("."), value)
        return replace(given, body=ElementTree.tostring(root, default_namespace=NAMESPACE))


def form_of(request: Request) -> Fields:
    """Parameters of a request."""
    return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))


def _list(name: str) -> str:
    return name.partition(".")[0].removeprefix("Default")


def _described(root: ElementTree.Element, form: Mapping[str, str]) -> Iterator[tuple[ElementTree.Element, str]]:
    """Listeners and rules of an answer, each with the ARN that its settings are kept by.

    A default rule's are its listener's.
    """
    for element in root.iter(tagged("member")):
        rule, listener = element.findtext(tagged("RuleArn")), element.findtext(tagged("ListenerArn"))
        if rule and element.findtext(tagged("IsDefault")) == "true":
            yield element, form.get("ListenerArn", rule)
        elif rule or listener:
            yield element, str(rule or listener)


def _put(element: ElementTree.Element, path: list[str], value: str) -> None:
    """Set a value, making the elements on the way. `member.N` is the Nth member of a list."""
    name, *rest = path
    if name == "member":
        place = int(rest.pop(0))
        while len(element) < place:
            ElementTree.SubElement(element, tagged("member"))
        child = element[place - 1]
    else:
        found = element.find(tagged(name))
        child = ElementTree.SubElement(element, tagged(name)) if found is None else found
    if rest:
        _put(child, rest, value)
    else:
        child.text = value


def tagged(name: str) -> str:
    """Name of an element of ELB's answers, with its namespace."""
    return f"{{{NAMESPACE}}}{name}"
