"""The llm layer: the OpenSearch domain and Bedrock, and the application's access to both."""

from __future__ import annotations

from dataclasses import dataclass

from constructs import Construct

from config import Environment
from config.rules.access import profile_prefix
from config.sections.bedrock import Bedrock
from config.sections.search import Search
from constructs_lib.bedrock.access import Model, Place
from constructs_lib.bedrock.guardrail import Guardrail, GuardrailPolicy, Topic
from constructs_lib.bedrock.invocation_logging import InvocationLogging
from constructs_lib.bedrock.model_access import ModelAccess
from constructs_lib.identity.role import attach_policy
from constructs_lib.search.access import domain_arn, domain_policy, read_statement
from constructs_lib.search.bootstrap import Content, SearchBootstrap
from constructs_lib.search.bootstrap_role import BootstrapRole
from constructs_lib.search.domain import Nodes, SearchDomain
from constructs_lib.search.logs import DomainLogs
from constructs_lib.security.code_signing import CodeSigning
from stacks.base import Layer, LayerSettings
from stacks.infrastructure import InfrastructureOutputs

GUARDRAIL_NAME_LIMIT = 50
DOMAIN_NAME_LIMIT = 28


@dataclass(frozen=True)
class LlmOutputs:
    """What later layers use. Empty strings where search or the guardrail is off."""

    search_endpoint: str
    search_domain_name: str
    guardrail_id: str
    guardrail_version: str
    guardrail_arn: str


class LlmStack(Layer):
    """Retrieval and generation for one region.

    The function that finishes the domain runs in the domain's subnets; it needs no way out of the VPC. Audit logs are
    kept `logs.audit_retention_days`, the log of model calls `bedrock.invocation_log_retention_days`, the others
    `logs.retention_days`.
    """

    def __init__(
        self, scope: Construct, env: Environment, *, id_: str = "llm", infrastructure: InfrastructureOutputs
    ) -> None:
        super().__init__(scope, id_, LayerSettings.of(env))
        search, bedrock, vpc = env.search, env.bedrock, infrastructure.vpc
        self._key_arn, self._alarm_topic_arn = infrastructure.key_arn, infrastructure.alarm_topic_arn
        self._task_role_arn = infrastructure.task_role_arn
        self._task_role_name = infrastructure.task_role_name
        self._audit_retention_days = env.logs.audit_retention_days
        self._log_retention_days = env.logs.retention_days
        domain = None
        if search.enabled:
            role = self._bootstrap_role()
            domain = self._domain(search, role, subnets=vpc.search_subnets, group_id=infrastructure.search_group_id)
            content = Content(
                endpoint=domain.endpoint,
                index=search.index,
                readers=(infrastructure.task_role_arn,),
                # A second copy has nowhere to be on a single node, and the index would stay yellow.
                replicas=1 if search.instance_count > 1 else 0,
            )
            SearchBootstrap(
                self,
                "search_bootstrap",
                role=role,
                content=content,
                signing=self._code_signing(),
                vpc_id=vpc.vpc_id,
                subnets=vpc.search_subnets,
                search_group_id=infrastructure.search_group_id,
                kms_key_arn=infrastructure.key_arn,
            )
        guardrail = self._guardrail(bedrock) if bedrock.guardrail else None
        self._models(bedrock, guardrail)
        if bedrock.invocation_logging == "own":
            self._log_invocations(bedrock.invocation_log_retention_days)
        self.outputs = LlmOutputs(
            search_endpoint=domain.endpoint if domain else "",
            search_domain_name=domain.name if domain else "",
            guardrail_id=guardrail.id if guardrail else "",
            guardrail_version=guardrail.version if guardrail else "",
            guardrail_arn=guardrail.arn if guardrail else "",
        )

    @property
    def _place(self) -> Place:
        return Place(self.settings.account_id, self.settings.region, self.settings.partition)

    @property
    def _domain_arn(self) -> str:
        place = self._place
        return domain_arn(
            name=self._domain_name, account_id=place.account_id, region=place.region, partition=place.partition
        )

    @property
    def _domain_name(self) -> str:
        return self.settings.names.resource("search", limit=DOMAIN_NAME_LIMIT)

    def _bootstrap_role(self) -> BootstrapRole:
        names, place = self.settings.names, self._place
        return BootstrapRole(
            self,
            "bootstrap_role",
            name=names.regional("search-bootstrap"),
            function_name=names.resource("search-bootstrap"),
            domain_arn=self._domain_arn,
            log_group_name=names.path("search", "bootstrap"),
            log_retention_days=self._log_retention_days,
            kms_key_arn=self._key_arn,
            failures_topic_arn=self._alarm_topic_arn,
            account_id=place.account_id,
            region=place.region,
            partition=place.partition,
        )

    def _code_signing(self) -> CodeSigning:
        names = self.settings.names
        return CodeSigning(
            self,
            "code_signing",
            profile_prefix=names.signing_profiles,
            bucket_name=names.bucket("packages"),
            kms_key_arn=self._key_arn,
            access_logs_bucket=names.bucket("access-logs"),
            protected=self.settings.protected,
        )

    def _domain(
        self,
        search: Search,
        administrator: BootstrapRole,
        *,
        subnets: tuple[str, ...],
        group_id: str,
    ) -> SearchDomain:
        settings, arn = self.settings, self._domain_arn
        statement = read_statement(arn, search.index)
        attach_policy(self, "search_access", role_name=self._task_role_name, statements=(statement,))
        return SearchDomain(
            self,
            "search",
            name=self._domain_name,
            engine_version=search.engine_version,
            nodes=Nodes(search.instance_type, search.instance_count, search.volume_gib, search.dedicated_masters),
            subnets=subnets,
            security_group_id=group_id,
            kms_key_arn=self._key_arn,
            administrator_arn=administrator.arn,
            access=domain_policy(arn, search.index, administrator=administrator.arn, readers=(self._task_role_arn,)),
            logs=DomainLogs(
                self,
                "search_logs",
                name_prefix=settings.names.path("search"),
                policy_name=settings.names.resource("search-logs"),
                domain_arn=arn,
                account_id=settings.account_id,
                kms_key_arn=self._key_arn,
                retention_days=self._log_retention_days,
                audit_retention_days=self._audit_retention_days,
                protected=settings.protected,
            ),
            protected=settings.protected,
        )

    def _guardrail(self, bedrock: Bedrock) -> Guardrail:
        topics = tuple(Topic(topic.name, topic.definition, topic.examples) for topic in bedrock.blocked_topics)
        return Guardrail(
            self,
            "guardrail",
            name=self.settings.names.resource("guardrail", limit=GUARDRAIL_NAME_LIMIT),
            kms_key_arn=self._key_arn,
            policy=GuardrailPolicy(topics=topics, words=bedrock.blocked_words),
        )

    def _models(self, bedrock: Bedrock, guardrail: Guardrail | None) -> None:
        ModelAccess(
            self,
            "models",
            role_name=self._task_role_name,
            model=_model(bedrock.model_id),
            embedding_model=_model(bedrock.embedding_model_id),
            destination_regions=bedrock.destination_regions,
            place=self._place,
            guardrail=guardrail,
            kms_key_arn=self._key_arn,
        )

    def _log_invocations(self, retention_days: int) -> None:
        settings = self.settings
        InvocationLogging(
            self,
            "invocations",
            log_group_name=settings.names.path("bedrock", "invocations"),
            role_name=settings.names.regional("invocation-log"),
            retention_days=retention_days,
            key_alias=settings.names.resource("invocations"),
            account_id=settings.account_id,
            region=settings.region,
            partition=settings.partition,
            protected=settings.protected,
            deletion_window_days=30 if settings.protected else 7,
        )


def _model(model_id: str) -> Model:
    return Model(model_id, profile=profile_prefix(model_id) is not None)
