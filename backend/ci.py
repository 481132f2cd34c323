"""The CI layer of an environment: roles that its repository's workflows assume, and their boundaries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from cdktf import TerraformOutput
from constructs import Construct

from config import Environment
from config.place import GLOBAL_REGION
from config.switches import DENIAL
from constructs_lib.bedrock.quota_access import alarm_arns
from constructs_lib.identity import boundaries
from constructs_lib.identity.github import ISSUER, GithubProvider, GithubRole, ManagedPolicy
from constructs_lib.identity.needs import declare
from constructs_lib.identity.policy import Statement
from policies.needs.linked_roles import LINKED_SERVICES
from policies.needs.need import Need
from policies.rights import commands, delegation, releases
from policies.rights.asked import asked_by, key_services, known_types
from policies.rights.environment import arns_of, released_by, state_access
from policies.rights.grant import Grant
from policies.rights.needs import (
    bundle_needs,
    granted_needs,
    history_needs,
    leftovers_needs,
    provider_needs,
    state_needs,
    stopped_tasks_needs,
)
from policies.rights.places import deployed_services, scoped_grants, service_groups
from stacks.base import LayerSettings, LayerStack

LAYER = "ci"
# A session of the apply role: an OpenSearch domain or a CloudFront distribution alone may take half an hour.
APPLY_SECONDS = 3 * 3600
# Services beside those whose resources are built: the bill, locks, roles, and the tagging API.
OTHER_SERVICES = ("ce", "dynamodb", "iam", "tag")
# Policy names may have 128 characters (IAM quotas).
_POLICY_NAME = 128


class CiStack(LayerStack):
    """Roles for one repository: plan (reads), publish (also hands bundles on), apply, release, push and cost.

    Nothing without a repository.

    Each environment has them for itself, in a state of its own: environments of one account take none from each other.
    """

    def __init__(self, scope: Construct, id_: str, env: Environment) -> None:
        tags = {"Project": env.project, "ManagedBy": "terraform"}
        # Without the environment tag, by which `recover` finds what belongs to the layers' states.
        super().__init__(scope, id_, replace(LayerSettings.of(env), tags=tags))
        # The state lies beside the backend's own, where none of these roles can write.
        self.add_override("terraform.backend.s3.key", f"{env.project}/state/{env.region}/{LAYER}-{env.name}.tfstate")
        if env.ci.subject is None:
            return
        self._env = env
        self._arns = arns_of(env)
        self._state = state_access(env)
        # Every type, so that a change of the environment needs no other roles.
        self._kinds = known_types()
        self._repository: str = env.ci.subject
        self._provider = GithubProvider(self, "github", place=self.place, own=env.ci.provider == "own")
        self._policy("boundary", "Ceiling of every role of the environment", self._workload)
        self._ceiling = self._policy("ceiling", "Ceiling of the CI's own roles", self._at_most())
        read, change = self._read(), self._change()
        publish = self._policy("publish", "Hand bundles on", _statements(self._state.publish_bundles()))
        branch = f"ref:refs/heads/{env.ci.branch}"
        plans = self._role("plan", "Plans, and looks for drift", ("pull_request", branch), read)
        hands_on = self._role("publish", "Plans what is to be applied", (branch,), read | {"publish": publish})
        applies = self._role(
            "apply", "Applies bundles", (f"environment:{env.name}",), read | change, seconds=APPLY_SECONDS
        )
        released, pushed = self._release_roles(f"environment:{env.name}", branch)
        reviewed = self._cost_role(branch)
        declare(
            self,
            *self._needs(plans, hands_on, applies),
            *self._release_needs(released, pushed),
            *granted_needs(reviewed, (commands.read_bill(),), "bill"),
        )

    def _cost_role(self, branch: str) -> str:
        """A role that reads the account's bill and nothing else, by ARN."""
        cost = self._policy("cost", "Read the bill", _statements((commands.read_bill(),)))
        return self._role("cost", "Reads the bill", (branch,), {"cost": cost})

    def _release_roles(self, environment: str, branch: str) -> tuple[str, str]:
        """A role that releases and one that pushes images, by ARN: neither deploys, and neither does the other's."""
        release = self._policy("release", "Release the service", _statements(self._releases()))
        push = self._policy("push", "Push images", _statements(self._pushes()))
        return (
            self._role("release", "Releases the service", (environment,), {"release": release}, seconds=APPLY_SECONDS),
            self._role("push", "Pushes images", (branch,), {"push": push}),
        )

    def _releases(self) -> tuple[Grant, ...]:
        return (*releases.release(released_by(self._env)), *self._state.read_states())

    def _pushes(self) -> tuple[Grant, ...]:
        return releases.push_images(self._arns.repository_arn)

    def _release_needs(self, released: str, pushed: str) -> Iterator[Need]:
        yield from granted_needs(released, releases.release(released_by(self._env)), "releases")
        yield from state_needs(released, self._state, writes=False)
        yield from granted_needs(pushed, self._pushes(), "image-push")

    def _needs(self, plans: str, hands_on: str, applies: str) -> Iterator[Need]:
        """What each role has to succeed with; the roles are given by ARN."""
        for role in (plans, hands_on, applies):
            yield from provider_needs(role, self._looks())
            yield from state_needs(role, self._state, writes=role == applies)
            yield from history_needs(role, self._state, writes=role == applies)
        yield from provider_needs(applies, self._makes())
        yield from leftovers_needs(applies, self._role_arns)
        yield from stopped_tasks_needs(applies, self._arns)
        yield from bundle_needs(hands_on, self._state, "s3:PutObject")
        yield from bundle_needs(applies, self._state, "s3:GetObject")

    def _role(
        self, purpose: str, description: str, subjects: Sequence[str], policies: Mapping[str, str], seconds: int = 3600
    ) -> str:
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
        return role.arn

    def _policy(self, purpose: str, description: str, statements: Sequence[Statement]) -> str:
        name = self._env.names.regional(f"{LAYER}-{purpose.replace('_', '-')}", limit=_POLICY_NAME)
        return ManagedPolicy(
            self, f"{purpose}_policy", name=name, description=description, statements=tuple(statements)
        ).arn

    def _read(self) -> dict[str, str]:
        """Policies of every role: read the set-up of resources, and states under their locks."""
        reads = asked_by(self._kinds).reads
        granted = {
            f"look_{group}": scoped_grants(self._arns, reads, verb="Look", groups=(group,))
            for group in service_groups()
        }
        granted["look_state"] = (*self._state.read_states(), *self._look_at_roles_and_objects())
        return {use: self._policy(use, "Read the set-up", _statements(grants)) for use, grants in granted.items()}

    def _change(self) -> dict[str, str]:
        """Policies of the role that applies: change resources, write states, fetch bundles."""
        changes = asked_by(self._kinds).changes
        granted = {
            f"change_{group}": scoped_grants(self._arns, changes, verb="Change", groups=(group,))
            for group in service_groups()
        }
        granted["change_state"] = (
            *self._state.write_states(),
            *self._state.write_history(),
            *self._state.fetch_bundles(),
            *commands.look_for_leftovers(self._role_arns),
            commands.look_at_tasks(self._arns),
            *self._make_roles_and_objects(),
        )
        return {use: self._policy(use, "Change what is set up", _statements(grants)) for use, grants in granted.items()}

    def _looks(self) -> tuple[Grant, ...]:
        """What the provider reads, wherever it stands among the policies."""
        reads = asked_by(self._kinds).reads
        return (*scoped_grants(self._arns, reads, verb="Look"), *self._look_at_roles_and_objects())

    def _makes(self) -> tuple[Grant, ...]:
        """What the provider changes."""
        changes = asked_by(self._kinds).changes
        return (*scoped_grants(self._arns, changes, verb="Change"), *self._make_roles_and_objects())

    def _look_at_roles_and_objects(self) -> tuple[Grant, ...]:
        reads = asked_by(self._kinds).reads
        return (
            *delegation.read_roles(reads, self._role_arns, service_linked=self._linked, verb="Look"),
            delegation.decrypt_objects((self._key_arns,), region=GLOBAL_REGION),
            commands.look_at_images(self._arns.repository_arn),
        )

    def _make_roles_and_objects(self) -> tuple[Grant, ...]:
        changes, region, keys = asked_by(self._kinds).changes, self._env.region, (self._key_arns,)
        return (
            *delegation.read_roles(changes, self._role_arns, service_linked=self._linked, verb="LookAgain"),
            *delegation.build_roles(
                changes,
                self._role_arns,
                boundary_arn=self._env.boundary_arn,
                service_linked=self._linked,
                passed_to=delegation.passed_to(native=self._env.shifts_releases and not self._env.uses_code_deploy),
                linked_services=LINKED_SERVICES,
            ),
            *delegation.use_keys(keys, services=key_services(self._kinds), region=region),
            delegation.encrypt_packages(keys, region=region, bucket_arn=self._arns.arn("s3:::{packages}")),
            delegation.encrypt_objects(keys, region=GLOBAL_REGION),
            # What `sitechat` itself does: it marks the released image (pipeline/operations/releases/kept_images.py).
            commands.mark_images(self._arns.repository_arn),
            commands.make_span_groups(self._arns),
        )

    def _at_most(self) -> tuple[Statement, ...]:
        prefix = self._env.names.regional(LAYER)
        own = (self._iam(f"role/{prefix}-*"), self._iam(f"policy/{prefix}-*"), self._iam(f"oidc-provider/{ISSUER}"))
        services = tuple(sorted({*deployed_services(), *OTHER_SERVICES}))
        return boundaries.deployer(services, own_arns=own, role_arns=self._role_arns)

    @property
    def _workload(self) -> tuple[Statement, ...]:
        """The ceiling of the environment's roles: none gets at identities, but for the denial of models."""
        names = self._env.names
        denied = self._env.model_roles if self._env.denies_models else ()
        return boundaries.workload(
            self._passed_to_tasks,
            denial_arn=self._iam(f"policy/{names.regional(DENIAL)}") if denied else "",
            denied_arns=tuple(self._iam(f"role/{each}") for each in denied),
            allows_again=self._env.budget.stop != "off",
            kept_alarm_arns=alarm_arns(tuple(self._env.quota_alarms), self.place),
        )

    @property
    def _passed_to_tasks(self) -> tuple[str, ...]:
        """The two roles of tasks, where CodeDeploy starts them in a role of the environment."""
        if not self._env.uses_code_deploy:
            return ()
        return tuple(self._iam(f"role/{self._env.names.regional(each)}") for each in ("execution", "task"))

    @property
    def _key_arns(self) -> str:
        return self._arns.arn("kms:*:{account}:key/*")

    @property
    def _role_arns(self) -> tuple[str, ...]:
        """The roles of the environment's layers; their names carry the region."""
        return (self._iam(f"role/{self._env.project}-{self._env.name}-{self._env.region}-*"),)

    @property
    def _linked(self) -> str:
        """How the ARNs of service-linked roles begin."""
        return self._iam("role/aws-service-role/")

    def _iam(self, resource: str) -> str:
        return self.place.arn("iam", resource, region="")


def _statements(grants: Sequence[Grant]) -> tuple[Statement, ...]:
    return tuple(
        Statement(
            sid=each.sid,
            actions=each.actions,
            resources=each.resources,
            conditions=each.conditions,
            effect=each.effect,
        )
        for each in grants
    )
