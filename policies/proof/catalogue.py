"""Catalogue of the proofs as rules of the scan gate: title and fix of each, and the resources that break it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policies.needs.proving import judge
from policies.proof import alarms, expected_paths, order, privilege, regions, written_by_aws
from policies.proof.configuration import Configuration
from policies.proof.exceptions import unexcused
from policies.proof.reading import read_network

if TYPE_CHECKING:
    from config import Environment


@dataclass(frozen=True)
class Proof:
    """Rule of the gate: `title` says what must hold, `fix` what to change, `part` the statement field it reads."""

    title: str
    fix: str
    part: str = ""


@dataclass(frozen=True)
class Broken:
    """Resource that breaks a rule of `PROOFS`; `attribute` is the one to look at, or empty."""

    rule: str
    address: str
    detail: str
    attribute: str = ""

    @property
    def check(self) -> str:
        return check_id(self.rule)


_GRANTS = "write it with a grant of constructs_lib/identity/grants.py"

PROOFS: dict[str, Proof] = {
    "wildcard-action": Proof("Policies allow actions by name", f"name the actions, or {_GRANTS}", "Action"),
    "unknown-action": Proof("Policies name actions that AWS has", "correct the action's name", "Action"),
    "wildcard-resource": Proof(
        "Actions that can be scoped are scoped", f"name the resources, or {_GRANTS}", "Resource"
    ),
    "negation": Proof("Policies allow what they list", "list what is allowed instead of what isn't"),
    "any-principal": Proof("Policies name who they let in", "name the principals", "Principal"),
    "confused-deputy": Proof(
        "Services act for this account alone",
        "add a condition on aws:SourceAccount or aws:SourceArn with the account",
        "Condition",
    ),
    "pass-role": Proof("Roles are passed by name", "name the roles", "Resource"),
    "pass-role-anywhere": Proof(
        "Roles are passed to named services", "add a condition on iam:PassedToService", "Condition"
    ),
    "loose-subject": Proof(
        "Federated trusts compare aud and sub exactly",
        "use StringEquals without wildcards; GitHub's default subjects only, all with ids or all without",
        "Condition",
    ),
    "open-boundary": Proof("A permissions boundary leaves something out", "name the services it allows", "Action"),
    "unnamed-model": Proof(
        "Models are called by their whole ARN", "name the models, as stacks/llm.py does", "Resource"
    ),
    "unbounded-decrypt": Proof("Keys are used through a service", "add a condition on kms:ViaService", "Condition"),
    "unguarded-model": Proof(
        "Models answer behind a guardrail",
        "add a condition on bedrock:GuardrailIdentifier, and a denial without it",
        "Condition",
    ),
    "other-account": Proof("Policies name this account alone", "remove the other account, or put this one"),
    "missing-permission": Proof(
        "Every request that has to succeed is allowed",
        "let the statement allow what is named, or correct the fact in policies/needs/facts.py",
    ),
    "unused-permission": Proof(
        "Every permission is needed by something",
        "take it out, declare its need beside the construct, or give the reason in policies/needs/reasons.py",
    ),
    "unreadable": Proof("Every permission can be read here", "use the data source aws_iam_policy_document"),
    "unmodelled-network": Proof(
        "Everything with an address is understood", "use a type that policies/proof/reading.py knows, or teach it"
    ),
    "unexpected-path": Proof("Nothing arrives over a path nobody asked for", "close the path"),
    "broken-path": Proof("Every path the service needs works", "open the path again"),
    "unexpected-opening": Proof(
        "No fence has an opening that no path needs", "close it, or add its path to policies/proof/expected_paths.py"
    ),
    "missing-opening": Proof("Every fence has the openings that paths need", "open it again"),
    "missing-order": Proof("What AWS wants to find in place exists before", "add it to depends_on, with the reason"),
    "rewritten": Proof(
        "What AWS writes by itself is written here", "write it as AWS does, or every plan takes it back"
    ),
    "unknown-metric": Proof(
        "Alarms watch metrics that exist",
        "correct the alarm, make the metric by a filter, or enter it in policies/proof/metrics.toml with AWS's page; a "
        "composite alarm refers to alarms of its region",
    ),
    "unheard-alarm": Proof(
        "Alarms say what no data means, and tell people when they start and end",
        "set treat_missing_data, and the topic of the alarm's region in alarm_actions and ok_actions; or have a "
        "composite alarm look at it, and its name in the description",
    ),
    "no-runbook": Proof(
        "Alarms say how urgent they are, and which runbook says what to do",
        'end alarm_description with "Severity: page" or "Severity: ticket", and "Runbook: docs/runbooks/NAME.md"',
    ),
    "wrong-region": Proof("Everything lives where AWS reads it", "build it with the provider of that region"),
}


def check_id(rule: str) -> str:
    """Id of a rule in findings and waivers, such as PROOF_WRONG_REGION."""
    return f"PROOF_{rule.upper().replace('-', '_')}"


def unproven_network(configuration: Configuration, env: Environment) -> Iterator[Broken]:
    """Deviations of the network from the paths the environment needs. Raises ValueError without a VPC."""
    network = read_network(configuration, existing=env.network.cidr if env.network.vpc_id else None)
    for deviation in expected_paths.network_deviations(network, env):
        yield Broken(deviation.rule, deviation.address, deviation.detail, deviation.attribute)


def unproven_needs(configuration: Configuration) -> Iterator[Broken]:
    """Requests that would be refused, and permissions nobody needs.

    Raises ValueError for a refused request with no resource of the configuration to blame.
    """
    judged = judge(configuration)
    for problem in judged.problems:
        address, _, detail = problem.partition(": ")
        yield Broken("unreadable", address, detail)
    nowhere = [gap.detail for gap in judged.missing if not gap.address]
    for rule, gaps in (("missing-permission", judged.missing), ("unused-permission", judged.unused)):
        yield from (Broken(rule, gap.address, gap.detail, gap.attribute) for gap in gaps if gap.address)
    if nowhere:
        raise ValueError("; ".join(nowhere))


def _statement_field(fault: privilege.Fault) -> str:
    """Attribute that holds the policy, with the field of its statement where the rule is about one."""
    part = PROOFS[fault.rule].part
    return f"{fault.attribute}/Statement/{part}" if part and fault.attribute else fault.attribute


def unproven_permissions(configuration: Configuration) -> Iterator[Broken]:
    """Policies that allow too much or too little. Raises ValueError where a proof can't be made."""
    yield from _unproven_privilege(configuration)
    yield from unproven_needs(configuration)


def _unproven_privilege(configuration: Configuration) -> Iterator[Broken]:
    for fault in unexcused(privilege.privilege_faults(configuration)):
        statement = f"statement {fault.sid}: " if fault.sid else ""
        yield Broken(fault.rule, fault.holder, statement + fault.detail, _statement_field(fault))


def prove(configuration: Configuration, env: Environment) -> Iterator[Broken]:
    """Resources that break any proof. Raises an error where one can't be made."""
    for _, broken in proofs(configuration, env):
        yield from broken


def proofs(configuration: Configuration, env: Environment) -> Iterator[tuple[str, Iterator[Broken]]]:
    """Resources that break a proof, by what the proof is about: one that can't be made hides no other.

    Each iterator raises an error where its proof can't be made.
    """
    yield "least privilege", _unproven_privilege(configuration)
    yield "needs", unproven_needs(configuration)
    yield "the network", unproven_network(configuration, env)
    yield "the order", _unproven_order(configuration)
    yield "what AWS writes", _unwritten(configuration)
    yield "regions", _misplaced(configuration, env)
    yield "alarms", _faulty_alarms(configuration, env)


def _unproven_order(configuration: Configuration) -> Iterator[Broken]:
    for race in order.races(configuration):
        yield Broken("missing-order", race.later, race.detail, "depends_on")


def _unwritten(configuration: Configuration) -> Iterator[Broken]:
    for address, detail in written_by_aws.unwritten(configuration):
        yield Broken("rewritten", address, detail)


def _misplaced(configuration: Configuration, env: Environment) -> Iterator[Broken]:
    for misplaced in regions.misplaced_resources(configuration, env.region):
        address, _, detail = misplaced.partition(": ")
        yield Broken("wrong-region", address, detail, "provider")


def _faulty_alarms(configuration: Configuration, env: Environment) -> Iterator[Broken]:
    for fault in alarms.faulty_alarms(configuration, env.region):
        yield Broken(*fault)
