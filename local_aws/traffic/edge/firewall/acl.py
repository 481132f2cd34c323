"""A web ACL: its rules in order, and the action of the first that ends the evaluation."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from local_aws.traffic.edge.firewall.fields import Inspected, reads_body
from local_aws.traffic.edge.firewall.rates import DEFAULT_WINDOW_SECONDS, Rates
from local_aws.traffic.edge.firewall.statements import Case, verdict
from local_aws.traffic.edge.gaps import GapError
from local_aws.traffic.hops import Ask, Headers

# Sizes of bodies that CloudFront hands to WAF; 16 KB unless the web ACL asks for more (WAF guide, body inspection).
_BODY_LIMITS = {"KB_16": 16_384, "KB_32": 32_768, "KB_48": 49_152, "KB_64": 65_536}


@dataclass(frozen=True)
class WebAcl:
    """A web ACL of WAF's API, and the members of the address and pattern sets that its rules name, by ARN."""

    arn: str
    config: Mapping[str, Any]
    sets: Mapping[str, tuple[str, ...]]

    @property
    def name(self) -> str:
        """The name in a road."""
        return f"web ACL {self.config['Name']}"

    @property
    def body_limit(self) -> int:
        """Bytes of a body that its rules see."""
        settings = (self.config.get("AssociationConfig") or {}).get("RequestBody") or {}
        return _BODY_LIMITS[(settings.get("CLOUDFRONT") or {}).get("DefaultSizeInspectionLimit", "KB_16")]


@dataclass(frozen=True)
class Blocked:
    """A refusal: CloudFront's own page, or the rule's response where it has one (`text` isn't None)."""

    status: int = 403
    headers: Headers = ()
    text: str | None = None
    content_type: str = "text/plain"


Decided = Callable[[Mapping[str, Any], str, Mapping[str, Any] | None], None]


class Firewall:
    """Web ACLs on the way of requests; it keeps the counts of their rate rules.

    `decided` is told each decision: the web ACL, "Allow", "Block" or "Count", and the rule, None by default.
    """

    def __init__(self, rates: Rates | None = None, decided: Decided | None = None) -> None:
        self._rates = rates or Rates()
        self._decided = decided or (lambda acl, kind, rule: None)

    async def passed(self, acl: WebAcl, ask: Ask) -> Ask | Blocked:
        """The request on its way, or its refusal.

        Raises:
            GapError: a rule that isn't built.
        """
        rules = sorted(acl.config.get("Rules") or [], key=lambda each: int(each["Priority"]))
        seen, ask = await _looked_into(ask, acl.body_limit) if reads_body(rules) else (Inspected(ask), ask)
        namespace = acl.config.get("LabelNamespace") or f"awswaf:{acl.arn.split(':')[4]}:webacl:{acl.config['Name']}:"
        inserted: Headers = ()
        case = Case(seen, acl.sets, lambda settings, key: False, own_labels=namespace)
        for rule in rules:
            case.counted = self._counting(acl, rule)
            if verdict(rule["Statement"], case) is not True:
                continue
            case.labels |= {f"{namespace}{each['Name']}" for each in rule.get("RuleLabels") or []}
            kind, settings = _action(rule.get("Action") or {}, rule["Name"])
            self._decided(acl.config, kind, rule)
            if kind == "Block":
                _unknown(acl, case)
                return self._refused(acl, f"rule {rule['Name']}", settings, ask)
            inserted = (*inserted, *_insertions(settings))
            ask.road.step("waf", acl.name, f"rule {rule['Name']} {'counts' if kind == 'Count' else 'allows'}")
            if kind == "Allow":
                break
        else:
            kind, settings = _action(acl.config["DefaultAction"], "by default")
            self._decided(acl.config, kind, None)
            if kind == "Block":
                _unknown(acl, case)
                return self._refused(acl, "the default action", settings, ask)
            inserted = (*inserted, *_insertions(settings))
        _unknown(acl, case)
        ask.road.step("waf", acl.name, f"{len(rules)} rules let it pass")
        return ask.with_headers(inserted)

    def _counting(self, acl: WebAcl, rule: Mapping[str, Any]) -> Any:
        def counted(settings: Mapping[str, Any], key: str) -> bool:
            window = int(settings.get("EvaluationWindowSec") or DEFAULT_WINDOW_SECONDS)
            # A change of the settings resets the counts (WAF API, RateBasedStatement).
            counting = f"{acl.arn}/{rule['Name']}/{json.dumps(settings, sort_keys=True, default=repr)}"
            return self._rates.beyond(counting, key, int(settings["Limit"]), window)

        return counted

    def _refused(self, acl: WebAcl, by: str, settings: Mapping[str, Any], ask: Ask) -> Blocked:
        response = settings.get("CustomResponse")
        status = int(response["ResponseCode"]) if response else 403
        ask.road.step("waf", acl.name, f"{by} blocks: {status}", refused=True)
        if not response:
            return Blocked()
        headers = tuple((each["Name"], each["Value"]) for each in response.get("ResponseHeaders") or [])
        body = (acl.config.get("CustomResponseBodies") or {}).get(response.get("CustomResponseBodyKey"))
        if body is None:
            return Blocked(status, headers, "")
        return Blocked(status, headers, body["Content"], _TYPES[body["ContentType"]])


_TYPES = {"TEXT_PLAIN": "text/plain", "TEXT_HTML": "text/html", "APPLICATION_JSON": "application/json"}


def _unknown(acl: WebAcl, case: Case) -> None:
    if case.unknown:
        case.seen.ask.road.step("waf", acl.name, f"not evaluated: {', '.join(sorted(case.unknown))}")


def _action(given: Mapping[str, Any], rule: str) -> tuple[str, Mapping[str, Any]]:
    kind, settings = next(((kind, part) for kind, part in given.items() if part is not None), ("", {}))
    if kind not in ("Block", "Count", "Allow"):
        raise GapError(f"a web ACL's action {kind or 'of a rule group'} ({rule})")
    return kind, settings


def _insertions(settings: Mapping[str, Any]) -> Headers:
    """Headers of a rule for the origin; WAF puts a prefix before their names (WAF guide, custom requests)."""
    inserted = (settings.get("CustomRequestHandling") or {}).get("InsertHeaders") or []
    return tuple((f"x-amzn-waf-{each['Name']}", each["Value"]) for each in inserted)


async def _looked_into(ask: Ask, limit: int) -> tuple[Inspected, Ask]:
    """What WAF sees of a body, and the request with the body whole again."""
    taken: list[bytes] = []
    size = 0
    async for chunk in ask.body:
        taken.append(chunk)
        size += len(chunk)
        if size > limit:
            break
    again = replace(ask, body=_again(taken, ask.body))
    return Inspected(again, b"".join(taken)[:limit], size > limit), again


async def _again(taken: list[bytes], rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    for each in taken:
        yield each
    async for chunk in rest:
        yield chunk
