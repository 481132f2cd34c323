"""service: cluster, internal load balancer, task definition, service and autoscaling."""

from __future__ import annotations

from dataclasses import dataclass

from constructs import Construct

from config import Environment
from config.sections.secrets import variable
from constructs_lib.containers.cluster import Cluster
from constructs_lib.containers.service import ServiceScaling, WebService
from constructs_lib.containers.task import ApplicationTask, ContainerSettings
from constructs_lib.load_balancing.alb import InternalLoadBalancer
from stacks import contract
from stacks.base import Layer, LayerSettings
from stacks.infrastructure import InfrastructureOutputs
from stacks.llm import LlmOutputs

UNRELEASED = "unreleased"
"""Tag in the task definition until an image is released; the service runs no task until then."""


@dataclass(frozen=True)
class ServiceOutputs:
    """What the edge and the alarms point at."""

    alb_arn: str
    alb_dns_name: str
    alb_suffix: str
    target_group_suffix: str
    cluster_name: str
    service_name: str


class ServiceStack(Layer):
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
        names, service = self.settings.names, env.service
        # Nothing can run before an image and the secrets are there: the first release raises these.
        released = env.image.released
        cluster = Cluster(
            self,
            "cluster",
            name=names.resource("main"),
            kms_key_arn=infrastructure.key_arn,
            exec_log_group_name=infrastructure.exec_log_group,
            container_insights=service.container_insights,
        )
        alb = self._load_balancer(certificate_arn)
        task = self._task()
        web = WebService(
            self,
            "web",
            name=names.resource("app"),
            cluster_arn=cluster.arn,
            task_definition_arn=task.arn,
            target_group_arn=alb.target_group_arn,
            container_port=service.port,
            subnets=infrastructure.vpc.task_subnets,
            security_groups=(infrastructure.task_group_id,),
            public_ip=env.network.egress == "public_ip",
            spot_percent=service.spot_percent,
            on_demand_base=service.on_demand_base,
            desired_count=service.min_tasks if released else 0,
            execute_command=service.execute_command,
            ready=alb.ready,
        )
        ServiceScaling(
            self,
            "scaling",
            name=names.resource("app"),
            cluster_name=cluster.name,
            service_name=web.name,
            min_tasks=service.min_tasks if released else 0,
            max_tasks=service.max_tasks,
            cpu_target_percent=service.cpu_target_percent,
            memory_target_percent=service.memory_target_percent,
        )
        self.outputs = ServiceOutputs(
            alb_arn=alb.arn,
            alb_dns_name=alb.dns_name,
            alb_suffix=alb.arn_suffix,
            target_group_suffix=alb.target_group_arn_suffix,
            cluster_name=cluster.name,
            service_name=web.name,
        )

    def _load_balancer(self, certificate_arn: str | None) -> InternalLoadBalancer:
        names, service, infrastructure = self.settings.names, self._env.service, self._infrastructure
        return InternalLoadBalancer(
            self,
            "load_balancer",
            name=names.resource("alb", limit=32),
            target_group_name=names.resource("app-https" if service.tls_to_task else "app", limit=32),
            vpc_id=infrastructure.vpc.vpc_id,
            subnets=infrastructure.vpc.private_subnets,
            security_groups=(infrastructure.alb_group_id,),
            logs_bucket=infrastructure.alb_logs_bucket,
            certificate_arn=certificate_arn,
            tls_to_targets=service.tls_to_task,
            health_check_path=service.health_check_path,
            health_check_interval_seconds=service.health_check_interval_seconds,
            health_check_timeout_seconds=service.health_check_timeout_seconds,
            idle_timeout_seconds=service.idle_timeout_seconds,
            protected=self.settings.protected,
        )

    def _task(self) -> ApplicationTask:
        service, image, infrastructure = self._env.service, self._env.image, self._infrastructure
        environment = contract.variables(
            self._env,
            search_endpoint=self._llm.search_endpoint,
            guardrail_id=self._llm.guardrail_id,
            guardrail_version=self._llm.guardrail_version,
        )
        url = infrastructure.repository_url
        container = ContainerSettings(
            image=f"{url}@{image.digest}" if image.digest else f"{url}:{image.tag or UNRELEASED}",
            port=service.port,
            environment={**environment, **service.environment},
            secrets=dict(zip(map(variable, self._env.secrets.names), infrastructure.secret_arns, strict=True)),
            stop_timeout_seconds=service.stop_timeout_seconds,
        )
        return ApplicationTask(
            self,
            "task",
            family=self.settings.names.resource("app"),
            cpu=service.cpu,
            memory_mib=service.memory_mib,
            architecture=service.architecture,
            execution_role_arn=infrastructure.execution_role_arn,
            task_role_arn=infrastructure.task_role_arn,
            container=container,
            log_group_name=infrastructure.app_log_group,
            region=self.settings.region,
            execute_command=service.execute_command,
        )
