"""Write policies/rights/requests.toml from what was recorded; refuse calls that only one of both recordings has."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from textwrap import wrap

from local_aws.recording import Asked
from policies.rights.asked import RECORDED, Part
from tools.rights.operations import operation_of, service_called
from tools.rights.provider_log import Call

_HEAD = """\
# What Terraform's AWS provider asks of AWS, by resource type, as recorded on the emulated AWS; `make rights` writes it.
# `layers` are an environment's layers, `bootstrap` what `sitechat bootstrap` builds. `reads` are asked while planning,
# `changes` while creating, updating or deleting. Services are called as boto3 calls them.
"""
_WIDTH = 116
Requests = Mapping[Part, Mapping[str, tuple[frozenset[str], frozenset[str]]]]


class UnexplainedError(Exception):
    """Error of requests that the gateway saw and no resource type asked for."""


def write_requests(calls: Collection[Call], asked: Collection[Asked], path: Path = RECORDED) -> None:
    """Write the file. Raises UnexplainedError when the gateway saw the provider ask for more than its log says."""
    named = {_operation(each) for each in calls}
    if more := provider_operations(asked) - named:
        raise UnexplainedError(f"asked, but by no resource type: {', '.join(sorted(more))}")
    path.write_text(render(by_type(calls)), encoding="utf-8")


def provider_operations(asked: Collection[Asked]) -> frozenset[str]:
    """Operations of the requests that the gateway recorded from the provider."""
    return frozenset(operation_of(each.service, each.operation) for each in asked if each.client == "provider")


def by_type(calls: Collection[Call]) -> Requests:
    """Operations by part and type: those that only read, and the changes with what they read on the way."""
    found: dict[Part, dict[str, tuple[frozenset[str], frozenset[str]]]] = {"layers": {}, "bootstrap": {}}
    for each in calls:
        reads, changes = found[each.part].get(each.kind, (frozenset(), frozenset()))
        one = frozenset((_operation(each),))
        found[each.part][each.kind] = (reads, changes | one) if each.changes else (reads | one, changes)
    return found


def render(requests: Requests) -> str:
    """The file's text."""
    return _HEAD + "".join(
        f"\n[{part}.{_key(kind)}]\n{''.join(_lines(*requests[part][kind]))}"
        for part in requests
        for kind in sorted(requests[part])
    )


def _lines(reads: frozenset[str], changes: frozenset[str]) -> Iterator[str]:
    for name, operations in (("reads", reads), ("changes", changes)):
        if operations:
            text = "\n".join(wrap(" ".join(sorted(operations)), _WIDTH, break_long_words=False, break_on_hyphens=False))
            yield f'{name} = """\n{text}\n"""\n'


def _key(kind: str) -> str:
    return f'"{kind}"' if "." in kind else kind


def _operation(call: Call) -> str:
    return f"{service_called(call.service)}:{call.operation}"
