"""infrastructure: network, key, secrets, registry, roles, log buckets and the alarm topic of a region."""

from __future__ import annotations

from dataclasses import dataclass

from constructs import Construct

from config import Environment
from config.place import GLOBAL_REGION
from constructs_lib.audit import key_use
from constructs_lib.bedrock.switch import ModelSwitch
from constructs_lib.containers.repository import ImageRepository
from constructs_lib.containers.roles import TaskRoles
from constructs_lib.edge.fallback import decrypt_for_distributions
from constructs_lib.identity.policy import Statement
from constructs_lib.network.endpoints import InterfaceEndpoints
from constructs_lib.network.security_groups import RequestPathGroups
from constructs_lib.observability.log_group import LogGroup
from constructs_lib.observability.topic import EVENTS, NotificationTopic, account_publisher, rules_publisher
from constructs_lib.security.key import CustomerKey, account_publishers, log_delivery, log_groups
from constructs_lib.security.secret import Secret
from constructs_lib.storage.log_buckets import AccessLogBuckets
from stacks.base import LayerSettings, LayerStack
from stacks.evidence import key_statements
from stacks.functions import model_switch
from stacks.vpc import VpcOutputs, existing_vpc, new_vpc

# Services that a task calls, through interface endpoints where it has no way to the internet.
PRIVATE_SERVICES = ("bedrock-runtime", "ecr.api", "ecr.dkr", "logs", "secretsmanager")
# Services that a shell in a task needs, whose session the agent decrypts with the customer key.
EXEC_SERVICES = ("kms", "ssmmessages")
# What takes spans of questions.
TRACE_SERVICES = ("xray",)


@dataclass(frozen=True)
class InfrastructureOutputs:
    """Ids, ARNs and names that later layers build on."""

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


class InfrastructureStack(LayerStack):
    """The foundation of a region: all that has to exist before anything runs in it."""

    def __init__(self, scope: Construct, env: Environment, *, id_: str = "infrastructure") -> None:
        super().__init__(scope, id_, LayerSettings.of(env))
        self._env = env
        self.key = self._key()
        vpc = existing_vpc(env) if env.network.vpc_id else new_vpc(self, env, listener_port=self._listener_port)
        groups = self._security_groups(vpc)
        if env.network.egress == "endpoints":
            self._private_services(vpc, groups.task.id)
        log_buckets = self._log_buckets()
        repository = self._repository()
        secret_arns = self._secrets()
        app_logs, exec_logs = self._log_group("app"), self._log_group("exec")
        roles = self._roles(secret_arns)
        self._switch(roles.task.name, log_buckets)
        self.outputs = InfrastructureOutputs(
            vpc=vpc,
            alb_group_id=groups.alb.id,
            task_group_id=groups.task.id,
            search_group_id=groups.search_id,
            key_arn=self.key.arn,
            alb_logs_bucket=log_buckets.alb.name,
            repository_url=repository.url,
            execution_role_arn=roles.execution.arn,
            task_role_arn=roles.task.arn,
            task_role_name=roles.task.name,
            secret_arns=secret_arns,
            app_log_group=app_logs.name,
            exec_log_group=exec_logs.name,
            alarm_topic_arn=self._alarm_topic(),
        )

    @property
    def _listener_port(self) -> int:
        return 443 if self._env.dns.domain else 80

    def _key(self) -> CustomerKey:
        settings = self.settings
        return CustomerKey(
            self,
            "key",
            alias=settings.names.resource("main"),
            description=f"Everything at rest of {settings.names.resource('main')}",
            place=self.place,
            protected=settings.protected,
            statements=(*self._key_uses(), *self._evidence(), *self._edge_in_this_region()),
        )

    def _key_uses(self) -> tuple[Statement, ...]:
        return (log_groups(self.place), account_publishers(self._alarm_publishers, self.place.account_id))

    @property
    def _alarm_publishers(self) -> tuple[str, ...]:
        budgets = ("budgets.amazonaws.com",) if self._env.budget.enabled else ()
        return ("cloudwatch.amazonaws.com", *budgets)

    def _evidence(self) -> tuple[Statement, ...]:
        """Statements for evidence under this key, and for the rules that publish to the topic of alarms."""
        if self._env.security.own_key:
            return (key_use.publish_to_topics((EVENTS,), self.place),)
        return key_statements(self._env, self.settings, rules_publish=True)

    def _edge_in_this_region(self) -> tuple[Statement, ...]:
        """Statements for fallback page and access logs: in CloudFront's region this key is the edge's, too."""
        if not self._env.edge.enabled or self.place.region != GLOBAL_REGION:
            return ()
        logs = (log_delivery(self.place),) if self._env.edge.access_logs else ()
        return (decrypt_for_distributions(self.place), *logs)

    def _security_groups(self, vpc: VpcOutputs) -> RequestPathGroups:
        network = self._env.network
        return RequestPathGroups(
            self,
            "groups",
            name=self.settings.names.resource("net"),
            vpc_id=vpc.vpc_id,
            vpc_cidr=network.cidr,
            listener_port=self._listener_port,
            task_port=self._env.service.port,
            region=self.place.region,
            internet=network.egress != "endpoints",
            search=self._env.search.enabled,
        )

    def _private_services(self, vpc: VpcOutputs, task_group_id: str) -> None:
        InterfaceEndpoints(
            self,
            "interface_endpoints",
            name=self.settings.names.resource("net"),
            vpc_id=vpc.vpc_id,
            place=self.place,
            subnets=vpc.task_subnets,
            client_groups=(task_group_id,),
            services=(
                *PRIVATE_SERVICES,
                *(EXEC_SERVICES if self._env.service.execute_command else ()),
                *(TRACE_SERVICES if self._env.traces else ()),
            ),
        )

    def _log_buckets(self) -> AccessLogBuckets:
        settings = self.settings
        return AccessLogBuckets(
            self,
            "log_buckets",
            server_access_name=settings.names.bucket("access-logs"),
            alb_name=settings.names.bucket("alb-logs"),
            place=self.place,
            retention_days=self._env.logs.audit_retention_days,
            protected=settings.protected,
        )

    def _switch(self, task_role_name: str, log_buckets: AccessLogBuckets) -> None:
        ModelSwitch(
            self,
            "model_switch",
            switch=model_switch(self.settings.names, self.place),
            role_name=task_role_name,
            kms_key_arn=self.key.arn,
            access_logs_bucket=log_buckets.server_access.name,
            access_logs_ready=(log_buckets.server_access.policy,),
            protected=self.settings.protected,
        )

    def _repository(self) -> ImageRepository:
        image = self._env.image
        return ImageRepository(
            self,
            "images",
            name=self._repository_name,
            kms_key_arn=self.key.arn,
            keep_images=image.keep_images,
            keep_releases=image.keep_releases,
            protected=self.settings.protected,
        )

    @property
    def _repository_name(self) -> str:
        return self._env.image.repository or self.settings.names.resource("app")

    def _secrets(self) -> tuple[str, ...]:
        """ARNs of the application's secrets, in the order of `secrets.names`."""
        settings, secrets = self.settings, self._env.secrets
        return tuple(
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

    def _log_group(self, purpose: str) -> LogGroup:
        return LogGroup(
            self,
            f"{purpose}_logs",
            name=self.settings.names.path(purpose),
            retention_days=self._env.logs.retention_days,
            kms_key_arn=self.key.arn,
        )

    def _roles(self, secret_arns: tuple[str, ...]) -> TaskRoles:
        names, place = self.settings.names, self.place
        exec_logs = place.log_group_arn(names.path("exec")) if self._env.service.execute_command else None
        return TaskRoles(
            self,
            "roles",
            execution_name=names.regional("execution"),
            task_name=names.regional("task"),
            place=place,
            repository_arn=place.arn("ecr", f"repository/{self._repository_name}"),
            secret_arns=secret_arns,
            key_arn=self.key.arn,
            log_group_arn=place.log_group_arn(names.path("app")),
            exec_log_group_arn=exec_logs,
            tracing=self._env.monitoring.tracing,
        )

    def _alarm_topic(self) -> str:
        return NotificationTopic(
            self,
            "alarms",
            name=self.settings.names.resource("alarms"),
            kms_key_arn=self.key.arn,
            place=self.place,
            publishers=(
                account_publisher(self.place.account_id, services=self._alarm_publishers),
                rules_publisher(self.place),
            ),
            emails=self._env.monitoring.alarm_emails,
        ).arn
