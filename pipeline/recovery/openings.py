"""Find what AWS opens by itself in a new security group, where a run was cut off before it had closed it.

Terraform closes it when it creates a group, and never again: an imported group would stay open to everywhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from pipeline.aws import asked
from pipeline.recovery.matching import Import
from pipeline.recovery.state_objects import recovery_errors
from pipeline.session import Session
from pipeline.synth.layers import Layer, Synthesis
from terraform_json.blocks import body_at, provider_region

GROUP, RULE = "aws_security_group", "aws_vpc_security_group_egress_rule"
EVERYTHING, EVERYWHERE = "-1", ("0.0.0.0/0", "::/0")


@dataclass(frozen=True)
class Opening:
    """Rules of a group about to be imported that let everything out, and that no configuration has."""

    imported: Import
    region: str
    rules: tuple[str, ...]


def find_openings(session: Session, synthesis: Synthesis, imports: Collection[Import]) -> Iterator[Opening]:
    """Ask for the rules of groups that are about to be imported. Raises SitechatError (6) when AWS can't be asked.

    A group with rules of its own in the configuration is left to Terraform, and so are all where some group is meant to
    let everything out: which one is told by references alone.
    """
    if any(_lets_everything_out(layer) for layer in synthesis.layers):
        return
    for each in imports:
        layer = synthesis.layer(each.layer)
        if each.address.startswith(f"{GROUP}.") and "egress" not in body_at(layer.config, each.address):
            region = _region(session, layer, each)
            ask = partial(_rules, session.client("ec2", region), each.id)
            rules = tuple(
                rule["SecurityGroupRuleId"] for rule in asked(ask, **recovery_errors(session)) if _opened(rule)
            )
            if rules:
                yield Opening(each, region, rules)


def close_opening(session: Session, opening: Opening) -> None:
    """Take the rules away, as the cut-off run would have done. Raises SitechatError (6) when AWS refuses."""
    revoke = partial(
        session.client("ec2", opening.region).revoke_security_group_egress,
        GroupId=opening.imported.id,
        SecurityGroupRuleIds=list(opening.rules),
    )
    asked(revoke, **recovery_errors(session))


def _lets_everything_out(layer: Layer) -> bool:
    rules = layer.config.get("resource", {}).get(RULE, {})
    return any(str(rule.get("ip_protocol")) == EVERYTHING for rule in rules.values())


def _region(session: Session, layer: Layer, each: Import) -> str:
    alias = str(body_at(layer.config, each.address).get("provider", "")).partition(".")[2]
    return provider_region(layer.config, alias) or session.env.region


def _rules(client: Any, group: str) -> list[dict[str, Any]]:
    filters = [{"Name": "group-id", "Values": [group]}]
    return list(client.describe_security_group_rules(Filters=filters)["SecurityGroupRules"])


def _opened(rule: dict[str, Any]) -> bool:
    """Whether AWS has made a rule: it lets everything out, and nobody has described it."""
    to = rule.get("CidrIpv4") or rule.get("CidrIpv6")
    return rule["IsEgress"] and rule["IpProtocol"] == EVERYTHING and to in EVERYWHERE and not rule.get("Description")
