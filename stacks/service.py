"""service: cluster, internal load balancer, task definition, service and autoscaling."""

from __future__ import annotations

from dataclasses import dataclass

from constructs import Construct

from config import Environment, collector
from config.rules.deployment import ANSWER_SECONDS
from config.sections.secrets import secret_variable
from constructs_lib.containers.cluster import Cluster
from constructs_lib.containers.native import NativeDeployment
from constructs_lib.containers.placement import CapacityProviderStrategy, NetworkConfiguration
from constructs_lib.containers.service import RegisteredTarget, ServiceScaling, WebService
from constructs_lib.containers.service_connect import Connected, ServiceNamespace
from constructs_lib.containers.task import ApplicationTask, Collector, ContainerSettings, LogConfiguration, TaskSize
from constructs_lib.load_balancing.alb import HealthCheck, InternalLoadBalancer, TargetGroup
from stacks import contract
from stacks.base import LayerSettings, LayerStack
from stacks.infrastructure import InfrastructureOutputs
from stacks.llm import LlmOutputs
from stacks.releases import native_deployment, release_alarms, shift_releases


@dataclass(frozen=True)
class ServiceOutputs:
    """Load balancer, cluster and service, for the edge, alarms and graphs; without a second group that is empty."""

    alb_arn: str
    alb_dns_name: str
    alb_suffix: str
    target_group_suffix: str
    second_target_group_suffix: str
    cluster_name: str
    service_name: str


class ServiceStack(LayerStack):
    """The application behind its load balancer."""

    def __init__(
        self,
        scope: Construct,
        env: Environment,
        *,
        id_: str = "service",
        infrastructure: InfrastructureOutputs,
        llm: LlmOutputs,
        certificate_arn: str | None = None,
    ) -> None:
        super().__init__(scope, id_, LayerSettings.of(env))
        self._env, self._infrastructure, self._llm = env, infrastructure, llm
        cluster = self._cluster()
        alb = self._load_balancer(certificate_arn)
        shifted, task = alb.shifted, self._task()
        native = None
        if shifted and not env.uses_code_deploy:
            native = native_deployment(self, env, alb=alb, shifted=shifted, infrastructure=infrastructure, llm=llm)
        web = self._web(cluster, alb, task, native)
        self._scaling(cluster, web)
        if shifted and env.uses_code_deploy:
            shift_releases(
                self,
                env,
                alb=alb,
                shifted=shifted,
                service=(cluster.name, web.name),
                infrastructure=infrastructure,
                llm=llm,
            )
        self.outputs = ServiceOutputs(
            alb_arn=alb.arn,
            alb_dns_name=alb.dns_name,
            alb_suffix=alb.arn_suffix,
            target_group_suffix=alb.group_suffixes[0],
            second_target_group_suffix=alb.group_suffixes[1] if shifted else "",
            cluster_name=cluster.name,
            service_name=web.name,
        )

    def _cluster(self) -> Cluster:
        return Cluster(
            self,
            "cluster",
            name=self.settings.names.resource("main"),
            kms_key_arn=self._infrastructure.key_arn,
            exec_log_group_name=self._infrastructure.exec_log_group,
            container_insights=self._env.service.container_insights,
        )

    def _web(
        self, cluster: Cluster, alb: InternalLoadBalancer, task: ApplicationTask, native: NativeDeployment | None
    ) -> WebService:
        service, infrastructure = self._env.service, self._infrastructure
        return WebService(
            self,
            "web",
            name=self.settings.names.resource("app"),
            cluster_arn=cluster.arn,
            task_definition_arn=task.arn,
            target=RegisteredTarget(alb.target_group.arn, service.port, alb.ready),
            network=NetworkConfiguration(
                subnets=infrastructure.vpc.task_subnets,
                security_groups=(infrastructure.task_group_id,),
                public_ip=self._env.network.egress == "public_ip",
            ),
            capacity=CapacityProviderStrategy(service.spot_percent, service.on_demand_base, (cluster.capacity,)),
            # No task can run before an image and the secrets are there: the first release raises this.
            desired_count=self._env.fewest_tasks,
            parked=service.parked,
            shifted=self._env.uses_code_deploy,
            native=native,
            rollback_alarms=self._rollback_alarms(alb),
            execute_command=service.execute_command,
            connected=self._connected(),
        )

    def _rollback_alarms(self, alb: InternalLoadBalancer) -> tuple[str, ...]:
        """Alarms that the service itself names: those of a rolling release, of which there is one target group."""
        if self._env.shifts_releases:
            return ()
        return release_alarms(self, self._env, alb=alb, infrastructure=self._infrastructure)

    def _connected(self) -> Connected | None:
        service = self._env.service
        if not service.service_connect:
            return None
        namespace = ServiceNamespace(self, "connect", name=self.settings.names.resource("main"))
        return Connected(
            namespace.arn,
            dns_name=self._env.project,
            port=service.port,
            idle_timeout_seconds=service.idle_timeout_seconds,
            logs=LogConfiguration(self._infrastructure.app_log_group, self.place.region),
        )

    def _scaling(self, cluster: Cluster, web: WebService) -> None:
        service = self._env.service
        most = 0 if service.parked else service.max_tasks
        ServiceScaling(
            self,
            "scaling",
            name=self.settings.names.resource("app"),
            cluster_name=cluster.name,
            service_name=web.name,
            min_tasks=self._env.fewest_tasks,
            max_tasks=most,
            cpu_target_percent=service.cpu_target_percent,
            memory_target_percent=service.memory_target_percent,
        )

    def _load_balancer(self, certificate_arn: str | None) -> InternalLoadBalancer:
        names, service, infrastructure = self.settings.names, self._env.service, self._infrastructure
        protocol = "-https" if service.tls_to_task else ""
        return InternalLoadBalancer(
            self,
            "load_balancer",
            name=names.resource("alb", limit=32),
            subnets=infrastructure.vpc.private_subnets,
            security_groups=(infrastructure.alb_group_id,),
            targets=TargetGroup(
                name=names.resource(f"app{protocol}", limit=32),
                second_name=names.resource(f"app-2{protocol}", limit=32) if self._env.shifts_releases else "",
                shifted_rules=self._env.shifts_releases and not self._env.uses_code_deploy,
                vpc_id=infrastructure.vpc.vpc_id,
                tls=service.tls_to_task,
                # The task ends its answers within the stop timeout: until then its connections are left open.
                deregistration_delay_seconds=max(ANSWER_SECONDS, service.stop_timeout_seconds),
                health_check=HealthCheck(
                    path=service.health_check_path,
                    interval_seconds=service.health_check_interval_seconds,
                    timeout_seconds=service.health_check_timeout_seconds,
                ),
            ),
            logs_bucket=infrastructure.alb_logs_bucket,
            certificate_arn=certificate_arn,
            idle_timeout_seconds=service.idle_timeout_seconds,
            protected=self.settings.protected,
        )

    def _task(self) -> ApplicationTask:
        service, infrastructure = self._env.service, self._infrastructure
        environment = contract.variables(
            self._env,
            search_endpoint=self._llm.search_endpoint,
            guardrail_id=self._llm.guardrail_id,
            guardrail_version=self._llm.guardrail_version,
            profile_arn=self._llm.profile_arn,
        )
        container = ContainerSettings(
            image=f"{infrastructure.repository_url}{self._env.image.reference}",
            port=service.port,
            environment={**environment, **service.environment},
            secrets=dict(zip(map(secret_variable, self._env.secrets.names), infrastructure.secret_arns, strict=True)),
            stop_timeout_seconds=service.stop_timeout_seconds,
            app_protocol="http" if service.service_connect else "",
        )
        return ApplicationTask(
            self,
            "task",
            family=self.settings.names.resource("app"),
            size=TaskSize(service.cpu, service.memory_mib, service.architecture),
            execution_role_arn=infrastructure.execution_role_arn,
            task_role_arn=infrastructure.task_role_arn,
            container=container,
            logs=LogConfiguration(infrastructure.app_log_group, self.place.region),
            execute_command=service.execute_command,
            collector=self._collector(),
        )

    def _collector(self) -> Collector | None:
        image = self._env.monitoring.collector_image
        if image is None:
            return None
        told = {collector.VARIABLE: collector.configuration(self.place.region)}
        return Collector(collector.NAME, image, told, collector.COLLECTOR_MIB)
