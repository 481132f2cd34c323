"""The base of every layer: an AWS provider bound to one account, and remote state under the layer's own key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cdktf import S3Backend, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from constructs import Construct

from config import Environment
from config.environment import LAYER_TAG
from config.names import Names, StateBackend
from config.place import GLOBAL_REGION, Place
from constructs_lib.identity.role import BOUNDARY
from constructs_lib.observability.alarms import WatchedAlarm


@dataclass(frozen=True)
class LayerSettings:
    """Settings that all layers of an environment share in one region."""

    place: Place
    names: Names
    tags: Mapping[str, str]
    protected: bool
    state: StateBackend
    state_lock: str
    s3_path_style: bool
    max_retries: int
    boundary_arn: str | None

    @classmethod
    def of(cls, env: Environment) -> LayerSettings:
        """The settings of an environment's home region."""
        return cls(
            place=env.place,
            names=env.names,
            tags=env.default_tags,
            protected=env.protection,
            state=env.state_backend,
            state_lock=env.state.lock,
            s3_path_style=env.provider.s3_path_style,
            max_retries=env.provider.max_retries,
            boundary_arn=env.boundary_arn,
        )


class LayerStack(TerraformStack):
    """One layer: a Terraform state and what it builds. `id_` is also the layer's name.

    `place` is the environment's account and home region, or with `global_scope` its account and us-east-1. `watched`
    are the layer's alarms, each of which a dashboard shows; whoever builds one adds it.
    """

    def __init__(self, scope: Construct, id_: str, settings: LayerSettings, *, global_scope: bool = False) -> None:
        super().__init__(scope, id_)
        self.settings = settings
        self.watched: tuple[WatchedAlarm, ...] = ()
        if settings.boundary_arn:
            self.node.set_context(BOUNDARY, settings.boundary_arn)
        self.place = replace(settings.place, region=GLOBAL_REGION) if global_scope else settings.place
        self.aws_provider("aws", region=self.place.region)
        self._remote_state(id_, "global" if global_scope else self.place.region)

    def aws_provider(self, id_: str, *, region: str, alias: str | None = None) -> AwsProvider:
        """An AWS provider that refuses every other account."""
        settings = self.settings
        return AwsProvider(
            self,
            id_,
            region=region,
            alias=alias,
            allowed_account_ids=[self.place.account_id],
            default_tags=[AwsProviderDefaultTags(tags={**settings.tags, LAYER_TAG: self.node.id})],
            max_retries=settings.max_retries,
            s3_use_path_style=settings.s3_path_style or None,
        )

    def _remote_state(self, layer: str, scope: str) -> None:
        settings, state = self.settings, self.settings.state
        S3Backend(
            self,
            bucket=state.bucket,
            key=state.key(layer, scope),
            region=state.region,
            encrypt=True,
            kms_key_id=self.place.arn("kms", state.key_alias, region=state.region),
            use_path_style=settings.s3_path_style or None,
        )
        # Overrides reach the backend alone; as arguments they would also land in the remote-state data sources of other
        # layers, which lock nothing. cdktf 0.21 has no argument for the lock file at all.
        if settings.state_lock in ("both", "dynamodb"):
            self.add_override("terraform.backend.s3.dynamodb_table", state.table)
        if settings.state_lock in ("both", "s3"):
            self.add_override("terraform.backend.s3.use_lockfile", True)
