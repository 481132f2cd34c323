"""The CI layer of an environment: the roles its repository's workflows assume, and what bounds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cdktf import TerraformOutput
from constructs import Construct

from backend.stack import BUNDLES
from config import Environment
from constructs_lib.edge.distribution import PAGE
from constructs_lib.identity import boundaries, delegation, deployment
from constructs_lib.identity.deployment import Place
from constructs_lib.identity.github import ISSUER, GithubProvider, GithubRole, ManagedPolicy
from constructs_lib.identity.policy import Statement
from constructs_lib.identity.state_access import StateAccess
from stacks.base import GLOBAL_REGION, Layer, LayerSettings

LAYER = "ci"
#: An OpenSearch domain or a CloudFront distribution alone may take half an hour.
APPLY_SECONDS = 3 * 3600
#: Beside the services whose resources are built: locks, roles.
OTHER_SERVICES = ("dynamodb", "iam")
# Policy names may have 128 characters (IAM quotas).
_POLICY_NAME = 128


class CiStack(Layer):
    """Roles for one repository: plan (reads), publish (also hands bundles on) and apply; nothing without a repository.

    Each environment has them for itself, in a state of its own: environments of one account take none from each other.
    """

    def __init__(self, scope: Construct, id_: str, env: Environment) -> None:
        tags = {"Project": env.project, "Layer": LAYER, "ManagedBy": "terraform"}
        # No environment tag: by that `recover` finds what belongs to the layers' states.
        super().__init__(scope, id_, replace(LayerSettings.of(env), tags=tags))
        # Beside the backend's own state, where none of these roles can write.
        self.add_override("terraform.backend.s3.key", f"{env.project}/state/{env.region}/{LAYER}-{env.name}.tfstate")
        if env.ci.repository is None:
            return
        self._env = env
        self._place = Place(
            partition=env.partition,
            region=env.region,
            account_id=env.account_id,
            project=env.project,
            env=env.name,
            repository=env.image.repository or env.names.resource("app"),
            packages=env.names.bucket("packages"),
        )
        self._state = self._state_access()
        self._repository: str = env.ci.repository
        self._provider = GithubProvider(
            self, "github", account_id=env.account_id, partition=env.partition, own=env.ci.provider == "own"
        )
        self._policy("boundary", "Ceiling of every role of the environment", boundaries.workload())
        self._ceiling = self._policy("ceiling", "Ceiling of the CI's own roles", self._at_most())
        look, change = self._look(), self._change()
        publish = self._policy("publish", "Hand bundles on", self._state.publish_bundles())
        branch = f"ref:refs/heads/{env.ci.branch}"
        self._role("plan", "Plans, and looks for drift", ("pull_request", branch), look)
        self._role("publish", "Plans what is to be applied", (branch,), look | {"publish": publish})
        self._role("apply", "Applies bundles", (f"environment:{env.name}",), look | change, seconds=APPLY_SECONDS)

    def _role(
        self, purpose: str, description: str, subjects: Sequence[str], policies: Mapping[str, str], seconds: int = 3600
    ) -> None:
        role = GithubRole(
            self,
            purpose,
            name=self._env.names.regional(f"{LAYER}-{purpose}"),
            description=f"{description}: {self._env.project} {self._env.name}",
            provider_arn=self._provider.arn,
            repository=self._repository,
            subjects=subjects,
            policies=policies,
            boundary_arn=self._ceiling,
            session_seconds=seconds,
        )
        TerraformOutput(self, f"{purpose}_role_arn", value=role.arn)

    def _policy(self, purpose: str, description: str, statements: Sequence[Statement]) -> str:
        name = self._env.names.regional(f"{LAYER}-{purpose.replace('_', '-')}", limit=_POLICY_NAME)
        return ManagedPolicy(
            self, f"{purpose}_policy", name=name, description=description, statements=tuple(statements)
        ).arn

    def _look(self) -> dict[str, str]:
        """What every role may: read the set-up of resources, and states under their locks."""
        roles = delegation.look_at_roles((*self._role_arns, self._iam("role/aws-service-role/*")))
        found = {f"look_{group}": deployment.look(self._place, group) for group in deployment.groups()}
        page = delegation.look_at_objects((self._page_arn,), key_arns=(self._key_arns,), region=GLOBAL_REGION)
        found["look_state"] = (*self._state.look(), roles, *page)
        return {use: self._policy(use, "Read the set-up", statements) for use, statements in found.items()}

    def _change(self) -> dict[str, str]:
        boundary = self._env.boundary_arn or ""
        found = {f"change_{group}": deployment.change(self._place, group) for group in deployment.groups()}
        found["change_state"] = (
            *self._state.change(),
            *self._state.fetch_bundles(),
            *delegation.build_bounded_roles(
                self._role_arns, boundary_arn=boundary, service_linked=self._iam("role/aws-service-role/")
            ),
            *delegation.use_keys(
                (self._key_arns,), region=self._env.region, bucket_arn=self._place.arn("s3:::{packages}")
            ),
            *delegation.change_objects((self._page_arn,), key_arns=(self._key_arns,), region=GLOBAL_REGION),
        )
        return {use: self._policy(use, "Change what is set up", statements) for use, statements in found.items()}

    def _at_most(self) -> tuple[Statement, ...]:
        prefix = self._env.names.regional(LAYER)
        own = (self._iam(f"role/{prefix}-*"), self._iam(f"policy/{prefix}-*"), self._iam(f"oidc-provider/{ISSUER}"))
        services = tuple(sorted({*deployment.services(), *OTHER_SERVICES}))
        return boundaries.deployer(services, own_arns=own, role_arns=self._role_arns)

    @property
    def _page_arn(self) -> str:
        """The page for when the service is down, which everybody may read: no other bucket holds one of this name."""
        return self._place.arn(f"s3:::{{bucket}}*/{PAGE}")

    @property
    def _key_arns(self) -> str:
        return self._place.arn("kms:*:{account}:key/*")

    @property
    def _role_arns(self) -> tuple[str, ...]:
        """The roles of the environment's layers; their names carry the region."""
        return (self._iam(f"role/{self._env.project}-{self._env.name}-{self._env.region}-*"),)

    def _iam(self, resource: str) -> str:
        return f"arn:{self._env.partition}:iam::{self._env.account_id}:{resource}"

    def _state_access(self) -> StateAccess:
        env, state = self._env, self._env.state_backend
        return StateAccess(
            partition=env.partition,
            region=state.region,
            account_id=env.account_id,
            bucket=state.bucket,
            table=state.table,
            key_alias=state.key_alias,
            prefix=f"{env.project}/{env.name}/",
            bundles=f"{BUNDLES}/{env.project}/{env.name}/",
        )
