"""infrastructure: network, key, secrets, registry, roles, log buckets and the alarm topic of a region."""

from __future__ import annotations

from dataclasses import dataclass

from constructs import Construct

from config import Environment
from constructs_lib.containers.repository import ImageRepository
from constructs_lib.containers.roles import TaskRoles
from constructs_lib.edge.fallback import decrypt_for_distributions
from constructs_lib.identity.policy import Statement
from constructs_lib.network.acl import SubnetAcl
from constructs_lib.network.addresses import divide
from constructs_lib.network.endpoints import GatewayEndpoint, InterfaceEndpoints
from constructs_lib.network.security_groups import RequestPathGroups
from constructs_lib.network.vpc import Network
from constructs_lib.observability.log_group import LogGroup
from constructs_lib.observability.topic import AlarmTopic
from constructs_lib.security.key import CustomerKey
from constructs_lib.security.secret import Secret
from constructs_lib.storage.log_buckets import AccessLogBuckets
from stacks.base import GLOBAL_REGION, Layer, LayerSettings
from stacks.evidence import key_statements

# What a task calls when it has no way to the internet.
PRIVATE_SERVICES = ("bedrock-runtime", "ecr.api", "ecr.dkr", "logs", "secretsmanager")
# A shell, whose session the agent decrypts with the customer key.
EXEC_SERVICES = ("kms", "ssmmessages")


@dataclass(frozen=True)
class VpcOutputs:
    """A VPC, new or existing."""

    vpc_id: str
    task_subnets: tuple[str, ...]
    private_subnets: tuple[str, ...]
    search_subnets: tuple[str, ...]


@dataclass(frozen=True)
class InfrastructureOutputs:
    """What later layers build on."""

    vpc: VpcOutputs
    alb_group_id: str
    task_group_id: str
    search_group_id: str
    key_arn: str
    alb_logs_bucket: str
    repository_url: str
    execution_role_arn: str
    task_role_arn: str
    task_role_name: str
    secret_arns: tuple[str, ...]
    app_log_group: str
    exec_log_group: str
    alarm_topic_arn: str


class InfrastructureStack(Layer):
    """Everything a region needs before anything runs in it."""

    def __init__(
        self,
        scope: Construct,
        env: Environment,
        *,
        id_: str = "infrastructure",
    ) -> None:
        super().__init__(scope, id_, LayerSettings.of(env))
        self._env = env
        settings, network, service = self.settings, env.network, env.service
        self._key()
        vpc = self._existing_vpc() if network.vpc_id else self._new_vpc()
        groups = RequestPathGroups(
            self,
            "groups",
            name=settings.names.resource("net"),
            vpc_id=vpc.vpc_id,
            vpc_cidr=network.cidr,
            listener_port=self._listener_port,
            task_port=service.port,
            region=settings.region,
            internet=network.egress != "endpoints",
            search=env.search.enabled,
        )
        if network.egress == "endpoints":
            self._private_services(vpc, groups.task.id, execute_command=service.execute_command)
        self._log_buckets()
        self._registry_and_secrets()
        self._roles()
        topic = AlarmTopic(
            self,
            "alarms",
            name=settings.names.resource("alarms"),
            kms_key_arn=self.key.arn,
            account_id=settings.account_id,
            publishers=("cloudwatch.amazonaws.com", "budgets.amazonaws.com"),
            emails=env.monitoring.alarm_emails,
        )
        self.outputs = InfrastructureOutputs(
            vpc=vpc,
            alb_group_id=groups.alb.id,
            task_group_id=groups.task.id,
            search_group_id=groups.search_id,
            key_arn=self.key.arn,
            alb_logs_bucket=self.log_buckets.alb.name,
            repository_url=self.repository.url,
            execution_role_arn=self.roles.execution.arn,
            task_role_arn=self.roles.task.arn,
            task_role_name=self.roles.task.name,
            secret_arns=self.secret_arns,
            app_log_group=self.app_logs.name,
            exec_log_group=self.exec_logs.name,
            alarm_topic_arn=topic.arn,
        )

    @property
    def _listener_port(self) -> int:
        return 443 if self._env.dns.domain else 80

    def _key(self) -> None:
        settings = self.settings
        self.key = CustomerKey(
            self,
            "key",
            alias=settings.names.resource("main"),
            description=f"Everything at rest of {settings.names.resource('main')}",
            account_id=settings.account_id,
            region=settings.region,
            partition=settings.partition,
            protected=settings.protected,
            deletion_window_days=30 if settings.protected else 7,
            extra=(*self._evidence(), *self._fallback_page()),
        )

    def _evidence(self) -> tuple[Statement, ...]:
        return () if self._env.security.own_key else key_statements(self._env, self.settings)

    def _fallback_page(self) -> tuple[Statement, ...]:
        """In CloudFront's region this key is the edge's, too."""
        if not self._env.edge.enabled or self._env.region != GLOBAL_REGION:
            return ()
        return (decrypt_for_distributions(self.settings.account_id, self.settings.partition),)

    def _new_vpc(self) -> VpcOutputs:
        name, config = self.settings.names.resource("net"), self._env.network
        network = Network(
            self,
            "network",
            name=name,
            cidr=config.cidr,
            zones=divide(config.cidr, config.availability_zones),
            workload_zones=config.workload_zones,
            egress=config.egress,
        )
        for tier, subnets in (("public", network.public_subnets), ("private", network.private_subnets)):
            SubnetAcl(
                self,
                f"{tier}_acl",
                name=f"{name}-{tier}",
                vpc_id=network.vpc_id,
                vpc_cidr=config.cidr,
                subnets=subnets,
                nat_gateways=tier == "public" and config.egress.startswith("nat"),
                listener_port=self._listener_port if tier == "private" else None,
            )
        GatewayEndpoint(
            self,
            "gateway_endpoint",
            name=name,
            vpc_id=network.vpc_id,
            region=self.settings.region,
            partition=self.settings.partition,
            route_tables=(network.public_table.id, *network.private_route_tables),
        )
        tasks = network.public_subnets if config.egress == "public_ip" else network.private_subnets
        return VpcOutputs(
            vpc_id=network.vpc_id,
            task_subnets=tasks[: config.workload_zones],
            private_subnets=network.private_subnets,
            search_subnets=network.private_subnets[: self._env.search_zones],
        )

    def _existing_vpc(self) -> VpcOutputs:
        config = self._env.network
        tasks = config.public_subnet_ids if config.egress == "public_ip" else config.private_subnet_ids
        return VpcOutputs(
            vpc_id=str(config.vpc_id),
            task_subnets=tasks[: config.workload_zones],
            private_subnets=config.private_subnet_ids,
            search_subnets=config.private_subnet_ids[: self._env.search_zones],
        )

    def _private_services(self, vpc: VpcOutputs, task_group_id: str, *, execute_command: bool) -> None:
        InterfaceEndpoints(
            self,
            "interface_endpoints",
            name=self.settings.names.resource("net"),
            vpc_id=vpc.vpc_id,
            region=self.settings.region,
            account_id=self.settings.account_id,
            subnets=vpc.task_subnets,
            client_groups=(task_group_id,),
            services=PRIVATE_SERVICES + (EXEC_SERVICES if execute_command else ()),
        )

    def _log_buckets(self) -> None:
        settings = self.settings
        self.log_buckets = AccessLogBuckets(
            self,
            "log_buckets",
            server_access_name=settings.names.bucket("access-logs"),
            alb_name=settings.names.bucket("alb-logs"),
            account_id=settings.account_id,
            region=settings.region,
            partition=settings.partition,
            retention_days=self._env.logs.audit_retention_days,
            protected=settings.protected,
        )

    def _registry_and_secrets(self) -> None:
        settings, image, secrets = self.settings, self._env.image, self._env.secrets
        self.repository = ImageRepository(
            self,
            "images",
            name=image.repository or settings.names.resource("app"),
            kms_key_arn=self.key.arn,
            keep_images=image.keep_images,
            protected=settings.protected,
        )
        self.secret_arns = tuple(
            Secret(
                self,
                f"secret_{name.replace('-', '_')}",
                name=settings.names.secret(name),
                description=f"{name} of the application",
                kms_key_arn=self.key.arn,
                recovery_window_days=secrets.recovery_window_days,
                protected=settings.protected,
            ).arn
            for name in secrets.names
        )

    def _roles(self) -> None:
        settings, names = self.settings, self.settings.names
        self.app_logs, self.exec_logs = (
            LogGroup(
                self,
                f"{kind}_logs",
                name=names.path(kind),
                retention_days=self._env.logs.retention_days,
                kms_key_arn=self.key.arn,
            )
            for kind in ("app", "exec")
        )
        self.roles = TaskRoles(
            self,
            "roles",
            execution_name=names.regional("execution"),
            task_name=names.regional("task"),
            account_id=settings.account_id,
            region=settings.region,
            partition=settings.partition,
            repository_arn=self.repository.arn,
            secret_arns=self.secret_arns,
            key_arn=self.key.arn,
            log_group_arn=self.app_logs.arn,
            exec_log_group_arn=self.exec_logs.arn if self._env.service.execute_command else None,
        )
