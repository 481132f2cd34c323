"""Roles that an AWS service assumes."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

from constructs_lib.identity.policy import Condition, Statement, from_account, policy_document
from policies.needs.services.roles import ASSUMES, ASSUMES_NEXT, WITHOUT_SOURCE

# Context key that any construct above may set: ARN of the permissions boundary that every role below it carries.
BOUNDARY = "permissions_boundary"


class ServiceRole(Construct):
    """A role for one AWS service, assumable only on behalf of `account_id`, with one inline policy.

    `source_arns` narrows the trust further (`aws:SourceArn`, patterns allowed) where the service sends it; the trust of
    one that sends no source (`WITHOUT_SOURCE`) has no such condition.
    It carries the permissions boundary that a construct above has put into its context under BOUNDARY, if any.
    A role name has 64 characters at most (IAM quotas). Raises ValueError for a service of which nobody knows what it
    sends when it takes on a role (`policies/needs/services/roles.py`).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        service: str,
        account_id: str,
        description: str,
        source_arns: Sequence[str] = (),
        statements: Sequence[Statement] = (),
    ) -> None:
        super().__init__(scope, id_)
        if service not in ASSUMES and service not in ASSUMES_NEXT:
            raise ValueError(f"{service} is not in ASSUMES of policies/needs/services/roles.py")
        self.role = IamRole(
            self,
            "role",
            name=name,
            description=description,
            permissions_boundary=self.node.try_get_context(BOUNDARY),
            assume_role_policy=policy_document(self, "trust", _assumed_by(service, account_id, source_arns)),
        )
        self.arn: str = self.role.arn
        self.name: str = self.role.name
        if statements:
            self.allow("access", statements)

    def allow(self, id_: str, statements: Sequence[Statement]) -> IamRolePolicy:
        """Attach one more inline policy (10,240 characters for all inline policies of a role, IAM quotas)."""
        return attach_policy(self, id_, role_name=self.role.name, statements=statements)


def _assumed_by(service: str, account_id: str, source_arns: Sequence[str]) -> Statement:
    conditions: list[Condition] = [] if service in WITHOUT_SOURCE else [from_account(account_id)]
    if source_arns:
        conditions.append(("ArnLike", "aws:SourceArn", tuple(source_arns)))
    return Statement(
        sid="Assume",
        actions=("sts:AssumeRole",),
        principals={"Service": (service,)},
        conditions=tuple(conditions),
    )


def attach_policy(scope: Construct, id_: str, *, role_name: str, statements: Sequence[Statement]) -> IamRolePolicy:
    """Give a role, perhaps of another layer, an inline policy named like its construct id."""
    return IamRolePolicy(
        scope,
        id_,
        name=id_.replace("_", "-"),
        role=role_name,
        policy=policy_document(scope, f"{id_}_document", *statements),
    )
