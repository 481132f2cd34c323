"""Policies as `aws_iam_policy_document` data sources: scanners read those in full, JSON strings only in part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
    DataAwsIamPolicyDocumentStatementPrincipals,
)
from constructs import Construct

# Operator, key, values: `("StringEquals", "aws:SourceAccount", ("111111111111",))`.
Condition = tuple[str, str, tuple[str, ...]]


@dataclass(frozen=True)
class Statement:
    """One policy statement. `principals` maps a principal type (`AWS`, `Service`, `Federated`) to its identifiers."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ()
    principals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    conditions: tuple[Condition, ...] = ()
    effect: str = "Allow"

    def render(self) -> DataAwsIamPolicyDocumentStatement:
        """This statement as the provider's struct."""
        return DataAwsIamPolicyDocumentStatement(
            sid=self.sid,
            effect=self.effect,
            actions=list(self.actions),
            resources=list(self.resources) or None,
            principals=[
                DataAwsIamPolicyDocumentStatementPrincipals(type=kind, identifiers=list(identifiers))
                for kind, identifiers in self.principals.items()
            ]
            or None,
            condition=[
                DataAwsIamPolicyDocumentStatementCondition(test=test, variable=variable, values=list(values))
                for test, variable, values in self.conditions
            ]
            or None,
        )


def policy_document(scope: Construct, id_: str, *statements: Statement) -> str:
    """The JSON of a policy with these statements, as a reference to its data source."""
    return str(DataAwsIamPolicyDocument(scope, id_, statement=[statement.render() for statement in statements]).json)


def from_account(account_id: str) -> Condition:
    """Condition against the confused deputy: the service acts for a resource of this account."""
    return ("StringEquals", "aws:SourceAccount", (account_id,))
