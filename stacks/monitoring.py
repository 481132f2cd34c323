"""monitoring: alarms in the region of their metrics, dashboard, flow logs and budget."""

from __future__ import annotations

from cdktf import TerraformProvider
from constructs import Construct

from config import Environment
from constructs_lib.network.flow_logs import VpcFlowLogs
from constructs_lib.observability import catalogue, graphs
from constructs_lib.observability.alarms import Alarm, Alarms
from constructs_lib.observability.budget import MonthlyBudget
from constructs_lib.observability.dashboard import Dashboard, Graph
from constructs_lib.observability.topic import AlarmTopic
from stacks.base import GLOBAL_REGION, Layer, LayerSettings
from stacks.edge import EdgeOutputs
from stacks.infrastructure import InfrastructureOutputs
from stacks.llm import LlmOutputs
from stacks.service import ServiceOutputs


class MonitoringStack(Layer):
    """Watches every other layer."""

    def __init__(
        self,
        scope: Construct,
        env: Environment,
        *,
        id_: str = "monitoring",
        infrastructure: InfrastructureOutputs,
        llm: LlmOutputs,
        service: ServiceOutputs,
        edge: EdgeOutputs | None = None,
    ) -> None:
        super().__init__(scope, id_, LayerSettings.of(env))
        self._env, self._infrastructure, self._service = env, infrastructure, service
        self._search_domain = llm.search_domain_name
        settings, monitoring = self.settings, env.monitoring
        alarms = (
            *catalogue.service_alarms(
                cluster_name=service.cluster_name,
                service_name=service.service_name,
                cpu_percent=monitoring.cpu_alarm_percent,
                memory_percent=monitoring.memory_alarm_percent,
            ),
            *catalogue.load_balancer_alarms(
                alb_suffix=service.alb_suffix,
                target_group_suffix=service.target_group_suffix,
                serving=env.image.released and env.service.min_tasks > 0,
            ),
            *catalogue.model_alarms(model_id=env.bedrock.model_id),
            *self._search_alarms(),
        )
        Alarms(
            self,
            "alarms",
            name_prefix=settings.names.resource("svc"),
            topic_arn=infrastructure.alarm_topic_arn,
            alarms=alarms,
        )
        if edge:
            self._edge_alarms(edge)
        if monitoring.dashboard:
            self._dashboard(edge)
        if env.network.flow_logs:
            self._flow_logs()
        if env.budget.enabled:
            self._budget()

    def _search_alarms(self) -> tuple[Alarm, ...]:
        if not self._search_domain:
            return ()
        return catalogue.search_alarms(
            domain_name=self._search_domain,
            account_id=self.settings.account_id,
            volume_gib=self._env.search.volume_gib,
        )

    def _edge_alarms(self, edge: EdgeOutputs) -> None:
        settings = self.settings
        topic_arn = self._infrastructure.alarm_topic_arn
        provider = self.aws_provider("aws_global", region=GLOBAL_REGION, alias="global")
        if settings.region != GLOBAL_REGION:
            topic_arn = self._global_topic(edge, provider)
        Alarms(
            self,
            "edge_alarms",
            name_prefix=settings.names.resource("edge"),
            topic_arn=topic_arn,
            alarms=catalogue.edge_alarms(distribution_id=edge.distribution_id, web_acl_name=edge.web_acl_name),
            provider=provider,
        )

    def _global_topic(self, edge: EdgeOutputs, provider: TerraformProvider) -> str:
        return AlarmTopic(
            self,
            "edge_topic",
            name=self.settings.names.resource("edge-alarms"),
            kms_key_arn=edge.key_arn,
            account_id=self.settings.account_id,
            emails=self._env.monitoring.alarm_emails,
            provider=provider,
        ).arn

    def _edge_graphs(self, edge: EdgeOutputs) -> tuple[Graph, ...]:
        return graphs.edge(
            distribution_id=edge.distribution_id,
            web_acl_name=edge.web_acl_name,
            managed_rules=self._env.edge.waf_managed_rules,
        )

    def _dashboard(self, edge: EdgeOutputs | None) -> None:
        settings, service, region = self.settings, self._service, self.settings.region
        rows = (
            self._edge_graphs(edge) if edge else (),
            graphs.load_balancer(region=region, alb=service.alb_suffix, target_group=service.target_group_suffix),
            graphs.service(
                region=region,
                cluster=service.cluster_name,
                name=service.service_name,
                insights=self._env.service.container_insights,
            ),
            graphs.search(region=region, domain=self._search_domain, account_id=settings.account_id)
            if self._search_domain
            else (),
            graphs.model(region=region, model_id=self._env.bedrock.model_id),
            graphs.cost(),
        )
        name = settings.names.regional("overview")
        Dashboard(self, "dashboard", name=name, graphs=[graph for row in rows for graph in row])

    def _flow_logs(self) -> None:
        settings, names = self.settings, self.settings.names
        VpcFlowLogs(
            self,
            "flow_logs",
            name=names.resource("flow-logs"),
            role_name=names.regional("flow-logs"),
            vpc_id=self._infrastructure.vpc.vpc_id,
            account_id=settings.account_id,
            region=settings.region,
            partition=settings.partition,
            log_group_name=names.path("flow-logs"),
            retention_days=self._env.network.flow_log_retention_days,
            kms_key_arn=self._infrastructure.key_arn,
        )

    def _budget(self) -> None:
        budget = self._env.budget
        MonthlyBudget(
            self,
            "budget",
            name=self.settings.names.resource("monthly"),
            monthly_usd=budget.monthly_usd,
            notify_percent=budget.notify_percent,
            tag=("Environment", self._env.name),
            emails=self._env.budget_emails,
            topic_arn=self._infrastructure.alarm_topic_arn,
        )
