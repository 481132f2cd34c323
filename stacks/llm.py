"""llm: the OpenSearch domain and Bedrock, and the application's access to both."""

from __future__ import annotations

from dataclasses import dataclass

from constructs import Construct

from config import Environment
from config.sections.bedrock import profile_prefix
from config.switches import DENIAL
from constructs_lib.bedrock.access import BedrockModel
from constructs_lib.bedrock.application_profile import ApplicationProfile
from constructs_lib.bedrock.denial import ModelDenial
from constructs_lib.bedrock.guardrail import PERSONAL_PII, DeniedTopic, Guardrail, GuardrailPolicy
from constructs_lib.bedrock.invocation_logging import ModelInvocationLogging
from constructs_lib.bedrock.model_access import ModelAccess
from constructs_lib.identity.function_role import FunctionNames, FunctionSurroundings
from constructs_lib.identity.needs import declare
from constructs_lib.identity.role import attach_policy
from constructs_lib.search.access import DomainAccess, domain_arn, domain_statements, read_needs, read_statement
from constructs_lib.search.bootstrap import DomainContent, SearchBootstrap
from constructs_lib.search.bootstrap_role import BootstrapRole
from constructs_lib.search.domain import Nodes, SearchDomain, VpcOptions
from constructs_lib.search.existing import ExistingDomain
from constructs_lib.search.logs import DomainLogs
from constructs_lib.security.code_signing import PackageSigning, Signer
from constructs_lib.workflows.roles import LoadRole
from stacks.base import LayerSettings, LayerStack
from stacks.functions import ingestion_function, ingestion_places, surroundings
from stacks.infrastructure import InfrastructureOutputs
from stacks.spending import stop_model

GUARDRAIL_NAME_LIMIT = 50
DOMAIN_NAME_LIMIT = 28


@dataclass(frozen=True)
class LlmOutputs:
    """Endpoint and names of search and guardrail, what signs functions, and the loader's role; empty where off.

    `profile_arn` and `profile_id` are the environment's own inference profile's.
    """

    search_endpoint: str
    search_domain_name: str
    guardrail_id: str
    guardrail_version: str
    guardrail_arn: str
    profile_arn: str
    profile_id: str
    packages_bucket: str
    signing_profile: str
    signing_config_arn: str
    loader_role_arn: str
    loader_log_group: str


class LlmStack(LayerStack):
    """Retrieval and generation for one region.

    The function that finishes the domain runs in the domain's subnets; it needs no way out of the VPC. Audit logs are
    kept `logs.audit_retention_days`, the log of model calls `bedrock.invocation_log_retention_days`, the others
    `logs.retention_days`.
    """

    def __init__(
        self, scope: Construct, env: Environment, *, id_: str = "llm", infrastructure: InfrastructureOutputs
    ) -> None:
        super().__init__(scope, id_, LayerSettings.of(env))
        self._env, self._infrastructure = env, infrastructure
        self._loader = self._load_role() if env.ingestion.sources else None
        signer = self._signing().signer if env.signs_packages else None
        domain = self._search(signer) if signer and env.search.enabled else None
        guardrail = self._guardrail() if env.bedrock.guardrail else None
        profile = self._profile() if env.bedrock.application_profile else None
        self._models(guardrail, profile)
        ModelDenial(self, "denial", name=self.settings.names.regional(DENIAL))
        if signer and env.bedrock.stop != "off":
            stop_model(
                self, env, signer=signer, infrastructure=infrastructure, profile_id=profile.id if profile else ""
            )
        if env.bedrock.invocation_logging == "own":
            self._log_invocations()
        self.outputs = LlmOutputs(
            search_endpoint=domain.endpoint if domain else "",
            search_domain_name=domain.name if domain else "",
            guardrail_id=guardrail.id if guardrail else "",
            guardrail_version=guardrail.version if guardrail else "",
            guardrail_arn=guardrail.arn if guardrail else "",
            profile_arn=profile.arn if profile else "",
            profile_id=profile.id if profile else "",
            packages_bucket=signer.bucket_name if signer else "",
            signing_profile=signer.profile_name if signer else "",
            signing_config_arn=signer.config_arn if signer else "",
            loader_role_arn=self._loader.arn if self._loader else "",
            loader_log_group=self._loader.log_group.name if self._loader else "",
        )

    def _search(self, signer: Signer) -> SearchDomain | ExistingDomain:
        role = self._bootstrap_role()
        self._read_access()
        domain = self._domain(role) if self._env.search.builds_domain else self._existing_domain()
        self._bootstrap(role, signer, domain.endpoint)
        return domain

    @property
    def _domain_name(self) -> str:
        return self._env.search.domain_name or self.settings.names.resource("search", limit=DOMAIN_NAME_LIMIT)

    @property
    def _domain_arn(self) -> str:
        return domain_arn(self._domain_name, self.place)

    @property
    def _domain_vpc(self) -> VpcOptions:
        return VpcOptions(self._infrastructure.vpc.search_subnets, self._infrastructure.search_group_id)

    def _bootstrap_role(self) -> BootstrapRole:
        names = self.settings.names
        return BootstrapRole(
            self,
            "bootstrap_role",
            names=FunctionNames(
                role=names.regional("search-bootstrap"),
                function=names.resource("search-bootstrap"),
                log_group=names.path("search", "bootstrap"),
            ),
            domain_arn=self._domain_arn,
            surroundings=self._surroundings,
        )

    @property
    def _surroundings(self) -> FunctionSurroundings:
        infrastructure = self._infrastructure
        return surroundings(
            self._env, self.place, key_arn=infrastructure.key_arn, alarm_topic_arn=infrastructure.alarm_topic_arn
        )

    def _load_role(self) -> LoadRole:
        """The loader's role. The domain names it, and refuses one that doesn't exist: it can't be a later layer's."""
        names = self.settings.names
        return LoadRole(
            self,
            "loader_role",
            names=ingestion_function(names, "load"),
            surroundings=self._surroundings,
            places=ingestion_places(names, self.place, key_arn=self._infrastructure.key_arn),
            domain_arn=self._domain_arn,
            index=self._env.search.index,
        )

    @property
    def _writers(self) -> tuple[str, ...]:
        return (self._loader.arn,) if self._loader else ()

    def _read_access(self) -> None:
        infrastructure, arn, index = self._infrastructure, self._domain_arn, self._env.search.index
        statement = read_statement(arn, index)
        attach_policy(self, "search_access", role_name=infrastructure.task_role_name, statements=(statement,))
        declare(self, *read_needs(infrastructure.task_role_arn, arn, index))

    def _existing_domain(self) -> ExistingDomain:
        """No policy is put on the domain: the roles' own ones are enough in one account."""
        return ExistingDomain(self, "search", name=self._domain_name)

    def _domain(self, administrator: BootstrapRole) -> SearchDomain:
        search, infrastructure, arn = self._env.search, self._infrastructure, self._domain_arn
        writers = (self._loader,) if self._loader else ()
        statements = domain_statements(
            arn,
            search.index,
            administrator=administrator.named_arn,
            readers=(infrastructure.task_role_arn,),
            writers=[each.named_arn for each in writers],
        )
        return SearchDomain(
            self,
            "search",
            name=self._domain_name,
            engine_version=search.engine_version,
            nodes=Nodes(search.instance_type, search.instance_count, search.volume_gib, search.dedicated_masters),
            vpc=self._domain_vpc,
            kms_key_arn=infrastructure.key_arn,
            access=DomainAccess(administrator.arn, statements, tuple(each.role for each in (administrator, *writers))),
            logs=self._domain_logs(),
            protected=self.settings.protected,
        )

    def _domain_logs(self) -> DomainLogs:
        settings, logs = self.settings, self._env.logs
        return DomainLogs(
            self,
            "search_logs",
            name_prefix=settings.names.path("search"),
            policy_name=settings.names.resource("search-logs"),
            domain_arn=self._domain_arn,
            place=self.place,
            kms_key_arn=self._infrastructure.key_arn,
            retention_days=logs.retention_days,
            audit_retention_days=logs.audit_retention_days,
            protected=settings.protected,
        )

    def _bootstrap(self, role: BootstrapRole, signer: Signer, endpoint: str) -> None:
        search, infrastructure = self._env.search, self._infrastructure
        content = DomainContent(
            endpoint=endpoint,
            index=search.index,
            readers=(infrastructure.task_role_arn,),
            writers=self._writers,
            # A second copy has nowhere to be on a single node, and the index would stay yellow.
            replicas=1 if search.instance_count > 1 else 0,
        )
        SearchBootstrap(
            self,
            "search_bootstrap",
            role=role,
            content=content,
            signing=signer,
            vpc_id=infrastructure.vpc.vpc_id,
            domain_vpc=self._domain_vpc,
            kms_key_arn=infrastructure.key_arn,
        )

    def _signing(self) -> PackageSigning:
        names = self.settings.names
        return PackageSigning(
            self,
            "code_signing",
            profile_prefix=names.signing_profiles,
            bucket_name=names.bucket("packages"),
            place=self.place,
            kms_key_arn=self._infrastructure.key_arn,
            access_logs_bucket=names.bucket("access-logs"),
            protected=self.settings.protected,
        )

    def _guardrail(self) -> Guardrail:
        bedrock = self._env.bedrock
        topics = tuple(DeniedTopic(topic.name, topic.definition, topic.examples) for topic in bedrock.blocked_topics)
        return Guardrail(
            self,
            "guardrail",
            name=self.settings.names.resource("guardrail", limit=GUARDRAIL_NAME_LIMIT),
            kms_key_arn=self._infrastructure.key_arn,
            policy=GuardrailPolicy(
                topics=topics,
                words=bedrock.blocked_words,
                masked_pii=tuple(kind for kind in PERSONAL_PII if kind not in bedrock.published_personal_data),
            ),
        )

    def _profile(self) -> ApplicationProfile:
        return ApplicationProfile(
            self,
            "profile",
            name=self.settings.names.resource("answers"),
            model=bedrock_model(self._env.bedrock.model_id),
            place=self.place,
        )

    def _models(self, guardrail: Guardrail | None, profile: ApplicationProfile | None) -> None:
        bedrock, infrastructure = self._env.bedrock, self._infrastructure
        ModelAccess(
            self,
            "models",
            role_name=infrastructure.task_role_name,
            model=bedrock_model(bedrock.model_id),
            embedding_model=bedrock_model(bedrock.embedding_model_id),
            destination_regions=bedrock.destination_regions,
            place=self.place,
            guardrail=guardrail,
            profile=profile,
            kms_key_arn=infrastructure.key_arn,
        )

    def _log_invocations(self) -> None:
        settings = self.settings
        ModelInvocationLogging(
            self,
            "invocations",
            log_group_name=settings.names.path("bedrock", "invocations"),
            role_name=settings.names.regional("invocation-log"),
            retention_days=self._env.bedrock.invocation_log_retention_days,
            key_alias=settings.names.resource("invocations"),
            place=self.place,
            protected=settings.protected,
        )


def bedrock_model(model_id: str) -> BedrockModel:
    """The model of an id, which may be an inference profile's."""
    return BedrockModel(model_id, profile=profile_prefix(model_id) is not None)
