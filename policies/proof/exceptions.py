"""Exceptions from the rules of least privilege, each with its reason. A test fails when one is no longer needed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from policies.proof.privilege import Fault


@dataclass(frozen=True)
class Exemption:
    """Exemption of one statement from one rule; `document` is the beginning of the policy document's name."""

    rule: str
    document: str
    sid: str
    reason: str

    def covers(self, fault: Fault) -> bool:
        name = fault.document.rpartition(".")[2]
        return fault.rule == self.rule and fault.sid == self.sid and name.startswith(self.document)


_KEY_OWNER = "without it a key can become unmanageable for ever; it hands the decision to the account's IAM policies"
_DATA_KEYS = "AWS documents the pattern for this service; it stands for the variants of one operation on one key"

EXCEPTIONS = (
    Exemption(
        "wildcard-action",
        "key_policy",
        "AccountAdministers",
        _KEY_OWNER,
    ),
    Exemption("wildcard-action", "invocations_key_policy", "AccountAdministers", _KEY_OWNER),
    Exemption("wildcard-action", "key_policy", "LogGroupsOfThisAccount", _DATA_KEYS),
    Exemption("wildcard-action", "key_policy", "PublishersOfThisAccount", _DATA_KEYS),
    Exemption("wildcard-action", "key_policy", "LogDeliveryOfThisAccount", _DATA_KEYS),
    Exemption("wildcard-action", "key_policy", "TopicsOfThisAccount", _DATA_KEYS),
    Exemption("wildcard-action", "key_policy", "TrailEncrypts", _DATA_KEYS),
    Exemption("wildcard-action", "invocations_key_policy", "ThisLogGroup", _DATA_KEYS),
    Exemption("wildcard-action", "key_policy", "RecorderEncrypts", _DATA_KEYS),
    Exemption(
        "wildcard-resource",
        "bootstrap_role_access",
        "AttachToVpc",
        "Lambda names no interface beforehand; the same policy denies the function's own code these actions",
    ),
    Exemption(
        "wildcard-resource",
        "release_hook_inner_role_access",
        "AttachToVpc",
        "Lambda names no interface beforehand; the same policy denies the function's own code these actions",
    ),
    Exemption(
        "wildcard-resource",
        "loader_role_access",
        "AttachToVpc",
        "Lambda names no interface beforehand; the same policy denies the function's own code these actions",
    ),
    Exemption(
        "unknown-action",
        "search_logs_policy",
        "DomainWrites",
        "OpenSearch asks for logs:PutLogEventsBatch, which the authorisation data doesn't list",
    ),
    Exemption(
        "any-principal",
        "gateway_endpoint_s3_policy",
        "PullImageLayers",
        "layer downloads are signed by ECR, not by a principal of ours; one AWS bucket, and an endpoint of one VPC",
    ),
    *(
        Exemption(
            "any-principal",
            "gateway_endpoint_s3_policy",
            sid,
            "a gateway endpoint's policy can't name a role as principal; the condition names the one role that may",
        )
        for sid in ("LoadPassages", "ReadSwitch", "FindSwitch")
    ),
    Exemption(
        "any-principal",
        "interface_endpoints_policy",
        "ThisAccountOnly",
        "an endpoint policy only narrows what roles allow; the condition shuts out other accounts' credentials",
    ),
    Exemption(
        "wildcard-action",
        "interface_endpoints_policy",
        "ThisAccountOnly",
        "an endpoint policy only narrows what roles allow; the condition shuts out other accounts' credentials",
    ),
    Exemption(
        "wildcard-resource",
        "interface_endpoints_policy",
        "ThisAccountOnly",
        "an endpoint policy only narrows what roles allow; the condition shuts out other accounts' credentials",
    ),
    Exemption(
        "unbounded-decrypt",
        "roles_task_access",
        "DecryptExecSessions",
        "the agent in the task decrypts its session's key itself; only where service.execute_command is on",
    ),
    Exemption(
        "pass-role",
        "change_state_policy",
        "PassToServices",
        "the roles of the layers to come: by the beginning of their name, each bounded, and to the services listed",
    ),
)


def unexcused(faults: Iterable[Fault], exceptions: Iterable[Exemption] = EXCEPTIONS) -> list[Fault]:
    """Faults that no exception covers."""
    exceptions = tuple(exceptions)
    return [fault for fault in faults if not any(each.covers(fault) for each in exceptions)]
