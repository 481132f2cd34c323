"""Policies of whoever deploys one environment: to plan it, and to apply and destroy it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from config.place import GLOBAL_REGION
from policies.rights import commands, delegation, questions
from policies.rights.asked import asked_by, key_services, linked_services
from policies.rights.bedrock import Switch, pause_model
from policies.rights.grant import Grant
from policies.rights.places import EnvironmentArns, scoped_grants
from policies.rights.shells import Shells, open_shells
from policies.rights.state import StateAccess


@dataclass(frozen=True)
class Deployer:
    """One environment from outside its layers.

    `kinds` are its resource types (data sources with "data." before), `passed_to` the services that its roles trust,
    `boundary_arn` the permissions boundary that its roles carry, `role_arns` patterns of those roles.
    `shells` are None where the environment allows no shell in its tasks. `switch` is that of its model.
    """

    arns: EnvironmentArns
    state: StateAccess
    kinds: frozenset[str]
    passed_to: tuple[str, ...]
    role_arns: tuple[str, ...]
    boundary_arn: str | None = None
    shells: Shells | None = None
    switch: Switch | None = None

    def plan(self) -> tuple[Grant, ...]:
        """The smallest policy that plans. Raises UnknownTypeError for a type of which nobody knows what it asks for."""
        return tuple(self._plan())

    def apply(self) -> tuple[Grant, ...]:
        """The smallest policy that plans, applies and destroys. Raises UnknownTypeError."""
        return (*self._plan(), *self._apply())

    def doctor(self) -> tuple[Grant, ...]:
        """What `sitechat doctor` asks the account, beside what a plan reads."""
        return questions.doctor(self.arns, self.state)

    def exec(self) -> tuple[Grant, ...]:
        """What a person needs for `sitechat exec`; nothing where the environment allows no shell."""
        if self.shells is None:
            return ()
        return (*open_shells(self.shells), *self.state.read_states())

    def bedrock(self) -> tuple[Grant, ...]:
        """What a person needs to pause the model and to resume it."""
        return pause_model(self.switch) if self.switch else ()

    @property
    def is_unbounded(self) -> bool:
        """Whether roles are built without a boundary: whoever may write a role's policy and use it may do anything."""
        return self.boundary_arn is None and "aws_iam_role" in self.kinds

    def _plan(self) -> Iterator[Grant]:
        reads = asked_by(self.kinds).reads
        yield from scoped_grants(self.arns, reads, verb="Look")
        yield from delegation.read_roles(reads, self.role_arns, service_linked=self._linked, verb="Look")
        yield from self.state.read_states()
        if "aws_ecr_repository" in self.kinds:
            yield commands.look_at_images(self.arns.repository_arn)
        if "aws_s3_object" in self.kinds:
            yield delegation.decrypt_objects(self._keys, region=GLOBAL_REGION)

    def _apply(self) -> Iterator[Grant]:
        changes = asked_by(self.kinds).changes
        yield from scoped_grants(self.arns, changes, verb="Change")
        yield from delegation.read_roles(changes, self.role_arns, service_linked=self._linked, verb="LookAgain")
        yield from delegation.build_roles(
            changes,
            self.role_arns,
            boundary_arn=self.boundary_arn,
            service_linked=self._linked,
            passed_to=self.passed_to,
            linked_services=linked_services(self.kinds),
        )
        if "aws_s3_bucket" in self.kinds:
            # A bucket is emptied before it is deleted.
            yield Grant(
                "EmptyBuckets", ("s3:DeleteObject", "s3:DeleteObjectVersion"), (self.arns.arn("s3:::{bucket}*/*"),)
            )
        if "aws_ecr_repository" in self.kinds:
            yield commands.mark_images(self.arns.repository_arn)
        if "aws_ecs_service" in self.kinds:
            yield commands.look_at_tasks(self.arns)
            yield commands.deregister_revisions()
        if "aws_cloudcontrolapi_resource" in self.kinds:
            yield commands.make_span_groups(self.arns)
        if "aws_codedeploy_deployment_group" in self.kinds:
            yield from commands.carry_out_releases(self.arns)
        yield from commands.look_for_leftovers(self.role_arns)
        yield from self.state.write_states()
        yield from self.state.write_history()
        yield from self.state.fetch_bundles()
        yield from delegation.use_keys(self._keys, services=key_services(self.kinds), region=self.arns.place.region)
        if "aws_s3_object" in self.kinds:
            yield delegation.encrypt_objects(self._keys, region=GLOBAL_REGION)
        if "aws_signer_signing_job" in self.kinds:
            bucket = self.arns.arn("s3:::{packages}")
            yield delegation.encrypt_packages(self._keys, region=self.arns.place.region, bucket_arn=bucket)
        if self.boundary_arn:
            yield Grant("NeverUnbound", ("iam:DeleteRolePermissionsBoundary",), self.role_arns, effect="Deny")

    @property
    def _keys(self) -> tuple[str, ...]:
        return (self.arns.arn("kms:*:{account}:key/*"),)

    @property
    def _linked(self) -> str:
        return self.arns.arn("iam::{account}:role/aws-service-role/")
