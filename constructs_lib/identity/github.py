"""Roles that the workflows of one GitHub repository assume by OpenID Connect: no key is stored anywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cdktf_cdktf_provider_aws.iam_openid_connect_provider import IamOpenidConnectProvider
from cdktf_cdktf_provider_aws.iam_policy import IamPolicy
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from constructs import Construct

from config.place import Place
from constructs_lib.identity.needs import declare
from constructs_lib.identity.policy import Statement, policy_document
from policies.needs.need import Need, federated

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
# How a subject begins ("OpenID Connect reference" of GitHub Actions): with the ids of owner and repository, or neither.
_REPOSITORY = re.compile(r"repo:[\w.-]+(@\d+)?/[\w.-]+(?(1)@\d+)", re.ASCII)


class GithubProvider(Construct):
    """GitHub's OIDC provider, which exists once in an account: built here (`own`) or only named.

    AWS trusts GitHub's certificate through its own list of authorities, so no thumbprint is given
    (IAM user guide, "Obtain the thumbprint for an OpenID Connect identity provider").
    """

    def __init__(self, scope: Construct, id_: str, *, place: Place, own: bool) -> None:
        super().__init__(scope, id_)
        self.arn: str = place.arn("iam", f"oidc-provider/{ISSUER}", region="")
        if own:
            provider = IamOpenidConnectProvider(self, "provider", url=f"https://{ISSUER}", client_id_list=[AUDIENCE])
            self.arn = provider.arn


class GithubRole(Construct):
    """A role for one repository's workflows.

    Args:
        repository: how subjects begin: "repo:OWNER/NAME", or "repo:OWNER@ID/NAME@ID" where tokens carry ids.
        subjects: what tokens must say exactly after that and a colon, such as "environment:prod". No patterns.
        policies: managed policies by a word for their use.
        boundary_arn: permissions boundary of the role itself.
        session_seconds: 3,600 to 43,200; how long credentials last at most.

    Raises ValueError for a repository or subject that isn't exact.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        description: str,
        provider_arn: str,
        repository: str,
        subjects: Sequence[str],
        policies: Mapping[str, str],
        boundary_arn: str,
        session_seconds: int = 3600,
    ) -> None:
        super().__init__(scope, id_)
        if not _REPOSITORY.fullmatch(repository):
            raise ValueError(f'{repository} is neither "repo:OWNER/NAME" nor "repo:OWNER@ID/NAME@ID"')
        if loose := [each for each in subjects if "*" in each or "?" in each]:
            raise ValueError(f"a subject has to be exact: {', '.join(loose)}")
        self.role = IamRole(
            self,
            "role",
            name=name,
            description=description,
            max_session_duration=session_seconds,
            permissions_boundary=boundary_arn,
            assume_role_policy=policy_document(self, "trust", _from_workflows(provider_arn, repository, subjects)),
        )
        self.arn: str = self.role.arn
        for use, policy_arn in policies.items():
            IamRolePolicyAttachment(self, use, role=self.role.name, policy_arn=policy_arn)
        declare(self, *(self._taken_on(provider_arn, f"{repository}:{each}") for each in subjects))

    def _taken_on(self, provider_arn: str, subject: str) -> Need:
        claims = {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": subject}
        return Need(federated(provider_arn), ("sts:AssumeRoleWithWebIdentity",), self.arn, "workflow-assumes", claims)


def _from_workflows(provider_arn: str, repository: str, subjects: Sequence[str]) -> Statement:
    return Statement(
        sid="AssumeFromWorkflow",
        actions=("sts:AssumeRoleWithWebIdentity",),
        principals={"Federated": (provider_arn,)},
        conditions=(
            ("StringEquals", f"{ISSUER}:aud", (AUDIENCE,)),
            ("StringEquals", f"{ISSUER}:sub", tuple(f"{repository}:{each}" for each in subjects)),
        ),
    )


class ManagedPolicy(Construct):
    """A customer-managed policy, for roles that share it or need more than fits inline.

    6,144 characters without white space at most, ten of them a role (IAM quotas).
    """

    def __init__(
        self, scope: Construct, id_: str, *, name: str, description: str, statements: Sequence[Statement]
    ) -> None:
        super().__init__(scope, id_)
        policy = IamPolicy(
            self, "policy", name=name, description=description, policy=policy_document(self, "document", *statements)
        )
        self.arn: str = policy.arn
