"""monitoring: alarms in the region of their metrics, dashboard, flow logs and budget."""

from __future__ import annotations

from cdktf import TerraformProvider
from constructs import Construct

from config.sections.budget import Budget
from config.sections.monitoring import Monitoring
from config.sections.network import Network
from constructs_lib.network.flow_logs import VpcFlowLogs
from constructs_lib.observability import catalogue, graphs
from constructs_lib.observability.alarms import Alarm, Alarms
from constructs_lib.observability.budget import MonthlyBudget
from constructs_lib.observability.dashboard import Dashboard
from constructs_lib.observability.topic import AlarmTopic
from stacks.base import GLOBAL_REGION, Layer, LayerSettings
from stacks.edge import EdgeOutputs
from stacks.infrastructure import InfrastructureOutputs
from stacks.service import ServiceOutputs


class MonitoringStack(Layer):
    """Watches every other layer."""

    def __init__(
        self,
        scope: Construct,
        settings: LayerSettings,
        *,
        id_: str = "monitoring",
        monitoring: Monitoring,
        budget: Budget,
        budget_emails: tuple[str, ...],
        network: Network,
        infrastructure: InfrastructureOutputs,
        service: ServiceOutputs,
        model_id: str,
        search_domain: str | None = None,
        search_volume_gib: int = 0,
        edge: EdgeOutputs | None = None,
    ) -> None:
        super().__init__(scope, id_, settings)
        self._infrastructure = infrastructure
        alarms = (
            *catalogue.service_alarms(
                cluster_name=service.cluster_name,
                service_name=service.service_name,
                cpu_percent=monitoring.cpu_alarm_percent,
                memory_percent=monitoring.memory_alarm_percent,
            ),
            *catalogue.load_balancer_alarms(
                alb_suffix=service.alb_suffix, target_group_suffix=service.target_group_suffix
            ),
            *catalogue.model_alarms(model_id=model_id),
            *self._search_alarms(search_domain, search_volume_gib),
        )
        Alarms(
            self,
            "alarms",
            name_prefix=settings.names.resource("svc"),
            topic_arn=infrastructure.alarm_topic_arn,
            alarms=alarms,
        )
        if edge:
            self._edge_alarms(edge, monitoring)
        if monitoring.dashboard:
            self._dashboard(service, model_id, search_domain, edge)
        if network.flow_logs:
            self._flow_logs(network)
        if budget.enabled:
            self._budget(budget, budget_emails)

    def _search_alarms(self, domain: str | None, volume_gib: int) -> tuple[Alarm, ...]:
        if domain is None:
            return ()
        return catalogue.search_alarms(domain_name=domain, account_id=self.settings.account_id, volume_gib=volume_gib)

    def _edge_alarms(self, edge: EdgeOutputs, monitoring: Monitoring) -> None:
        settings = self.settings
        topic_arn, provider = self._infrastructure.alarm_topic_arn, None
        provider = self.aws_provider("aws_global", region=GLOBAL_REGION, alias="global")
        if settings.region != GLOBAL_REGION:
            topic_arn = self._global_topic(edge, monitoring, provider)
        Alarms(
            self,
            "edge_alarms",
            name_prefix=settings.names.resource("edge"),
            topic_arn=topic_arn,
            alarms=catalogue.edge_alarms(distribution_id=edge.distribution_id, web_acl_name=edge.web_acl_name),
            provider=provider,
        )

    def _global_topic(self, edge: EdgeOutputs, monitoring: Monitoring, provider: TerraformProvider) -> str:
        return AlarmTopic(
            self,
            "edge_topic",
            name=self.settings.names.resource("edge-alarms"),
            kms_key_arn=edge.key_arn,
            account_id=self.settings.account_id,
            emails=monitoring.alarm_emails,
            provider=provider,
        ).arn

    def _dashboard(
        self, service: ServiceOutputs, model_id: str, search_domain: str | None, edge: EdgeOutputs | None
    ) -> None:
        settings = self.settings
        Dashboard(
            self,
            "dashboard",
            name=settings.names.regional("overview"),
            graphs=(
                *(graphs.edge(distribution_id=edge.distribution_id, web_acl_name=edge.web_acl_name) if edge else ()),
                *graphs.load_balancer(
                    region=settings.region, alb=service.alb_suffix, target_group=service.target_group_suffix
                ),
                *graphs.service(region=settings.region, cluster=service.cluster_name, name=service.service_name),
                *(
                    graphs.search(region=settings.region, domain=search_domain, account_id=settings.account_id)
                    if search_domain
                    else ()
                ),
                *graphs.model(region=settings.region, model_id=model_id),
                *graphs.cost(),
            ),
        )

    def _flow_logs(self, network: Network) -> None:
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
            retention_days=network.flow_log_retention_days,
            kms_key_arn=self._infrastructure.key_arn,
        )

    def _budget(self, budget: Budget, emails: tuple[str, ...]) -> None:
        MonthlyBudget(
            self,
            "budget",
            name=self.settings.names.resource("monthly"),
            monthly_usd=budget.monthly_usd,
            notify_percent=budget.notify_percent,
            tag=("Environment", self.settings.tags["Environment"]),
            emails=emails,
            topic_arn=self._infrastructure.alarm_topic_arn,
        )
