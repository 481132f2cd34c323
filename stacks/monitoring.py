"""monitoring: alarms in the region of their metrics, dashboards, flow logs and budget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from constructs import Construct

from config import Environment
from config.environment import DEPLOYMENT_TAG
from config.place import GLOBAL_REGION
from constructs_lib.network.flow_logs import VpcFlowLogs
from constructs_lib.observability import catalogue
from constructs_lib.observability.alarms import Alarm, MetricAlarms, WatchedAlarm
from constructs_lib.observability.budget import MonthlyBudget, of_tag
from constructs_lib.observability.failed_deployments import FailedDeployments
from constructs_lib.observability.health_events import HealthEvents
from constructs_lib.observability.objectives import Objective, ObjectiveAlarms
from constructs_lib.observability.topic import NotificationTopic, account_publisher
from stacks.base import LayerSettings, LayerStack
from stacks.boards import Drawn, draw_dashboards, objective_name
from stacks.certificates import CertificateOutputs
from stacks.edge import EdgeOutputs
from stacks.infrastructure import InfrastructureOutputs
from stacks.llm import LlmOutputs
from stacks.probe import probe_site
from stacks.quotas import watch_quota
from stacks.service import ServiceOutputs
from stacks.spending import stop_by_budget
from stacks.traces import keep_spans, sample_traces


class MonitoringStack(LayerStack):
    """Alarms, failed releases, dashboards, flow logs and budget for all other layers.

    `watched` are alarms that other layers build, for the dashboards.
    """

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
        certificates: CertificateOutputs | None = None,
        watched: Sequence[WatchedAlarm] = (),
    ) -> None:
        super().__init__(scope, id_, LayerSettings.of(env))
        self._env, self._infrastructure, self._service = env, infrastructure, service
        self._certificates = certificates
        self._profile_id = llm.profile_id
        self._search_domain = llm.search_domain_name
        # Also without an edge: Terraform destroys what an edge had by the provider that made it, and needs it for that.
        self._global = self.aws_provider("aws_global", region=GLOBAL_REGION, alias="global")
        if edge and env.monitoring.probe_minutes:
            probe_site(self, env, infrastructure=infrastructure, llm=llm, edge=edge)
        if env.monitoring.transaction_search == "own":
            keep_spans(self, env, infrastructure=infrastructure, llm=llm)
        if env.monitoring.tracing == "sidecar":
            sample_traces(self, env)
        objectives = self._objectives()
        self.watched += (
            *self._alarms(self._told_rules()),
            *self._objective_alarms(objectives),
            *(watch_quota(self, env, infrastructure=infrastructure, llm=llm) if env.bedrock.quota_alarms else ()),
            *(self._edge_alarms(edge) if edge else ()),
        )
        if env.monitoring.dashboard:
            alarms = (*watched, *self.watched)
            drawn = Drawn(alarms, objectives, service, self._target_groups, edge, self._profile_id)
            draw_dashboards(self, env, drawn)
        if env.network.flow_logs:
            self._flow_logs()
        if env.budget.enabled:
            self._budget()

    def _alarms(self, rules: Sequence[str]) -> tuple[WatchedAlarm, ...]:
        env, service = self._env, self._service
        of_what_runs = (
            *catalogue.service_alarms(
                cluster_name=service.cluster_name,
                service_name=service.service_name,
                cpu_percent=env.monitoring.cpu_alarm_percent,
                memory_percent=env.monitoring.memory_alarm_percent,
            ),
            *catalogue.load_balancer_alarms(
                alb_suffix=service.alb_suffix,
                target_group_suffixes=self._target_groups,
                serving=env.serves,
            ),
            *catalogue.model_alarms(model_id=env.bedrock.model_id, profile_id=self._profile_id),
        )
        return MetricAlarms(
            self,
            "alarms",
            name_prefix=self.settings.names.resource("svc"),
            topic_arn=self._infrastructure.alarm_topic_arn,
            alarms=(
                *self._asleep_if_parked(of_what_runs),
                *self._search_alarms(),
                *self._probe_alarms(),
                *self._spent_alarms(),
                *self._regional_certificate(),
                *catalogue.delivery_alarms(rules=rules),
            ),
        ).watched

    def _objectives(self) -> dict[str, Objective]:
        monitoring, namespace = self._env.monitoring, self._env.metrics_namespace
        found: dict[str, Objective] = {}
        if percent := monitoring.availability_percent:
            found["availability"] = catalogue.availability_objective(namespace=namespace, percent=percent)
        if percent := monitoring.first_token_percent:
            found["first_token"] = catalogue.first_token_objective(
                namespace=namespace, percent=percent, seconds=monitoring.first_token_seconds
            )
        return found

    def _objective_alarms(self, objectives: Mapping[str, Objective]) -> Iterator[WatchedAlarm]:
        for id_, objective in objectives.items():
            yield from ObjectiveAlarms(
                self,
                f"objective_{id_}",
                name=objective_name(self, id_),
                topic_arn=self._infrastructure.alarm_topic_arn,
                objective=objective,
                asleep=self._env.service.parked,
            ).watched

    @property
    def _target_groups(self) -> tuple[str, ...]:
        """One group, or the two that releases use by turns."""
        service = self._service
        both = (service.second_target_group_suffix,) if self._env.shifts_releases else ()
        return (service.target_group_suffix, *both)

    def _asleep_if_parked(self, alarms: Sequence[Alarm]) -> tuple[Alarm, ...]:
        """Alarms of what doesn't run on purpose: visitors of a parked site are refused, which alarms nobody."""
        return tuple(replace(alarm, asleep=self._env.service.parked) for alarm in alarms)

    def _told_rules(self) -> tuple[str, ...]:
        """Rules that tell people of events, and drop what they can't deliver; their names."""
        name = self.settings.names.resource("aws-health")
        health = HealthEvents(self, "health", name=name, topic_arn=self._infrastructure.alarm_topic_arn)
        return (self._failed_deployments(), health.name)

    def _failed_deployments(self) -> str:
        service = self._service
        return FailedDeployments(
            self,
            "failed_deployments",
            name=self.settings.names.resource("failed-release"),
            service_arn=self.place.arn("ecs", f"service/{service.cluster_name}/{service.service_name}"),
            topic_arn=self._infrastructure.alarm_topic_arn,
            deployment_group=self.settings.names.resource("app") if self._env.uses_code_deploy else "",
        ).name

    def _search_alarms(self) -> tuple[Alarm, ...]:
        if not self._search_domain:
            return ()
        return catalogue.search_alarms(
            domain_name=self._search_domain,
            account_id=self.place.account_id,
            volume_gib=self._env.search.volume_gib,
        )

    def _probe_alarms(self) -> tuple[Alarm, ...]:
        """None as long as the probe asks nothing."""
        env, minutes = self._env, self._env.monitoring.probe_minutes
        return (
            catalogue.probe_alarms(namespace=env.metrics_namespace, minutes=minutes) if minutes and env.serves else ()
        )

    def _spent_alarms(self) -> tuple[Alarm, ...]:
        env, usd = self._env, self._env.monitoring.spent_usd_a_day
        if usd is None:
            return ()
        return (catalogue.spent_alarm(namespace=env.metrics_namespace, usd=usd, asleep=env.service.parked),)

    def _edge_alarms(self, edge: EdgeOutputs) -> tuple[WatchedAlarm, ...]:
        settings = self.settings
        topic_arn = self._infrastructure.alarm_topic_arn
        if self.place.region != GLOBAL_REGION:
            topic_arn = self._global_topic(edge)
        errors, *others = catalogue.edge_alarms(distribution_id=edge.distribution_id, web_acl_name=edge.web_acl_name)
        alarms = MetricAlarms(
            self,
            "edge_alarms",
            name_prefix=settings.names.resource("edge"),
            topic_arn=topic_arn,
            alarms=(*self._asleep_if_parked([errors]), *others, *self._viewer_certificate()),
            provider=self._global,
        )
        return tuple(replace(alarm, region=GLOBAL_REGION) for alarm in alarms.watched)

    def _regional_certificate(self) -> tuple[Alarm, ...]:
        if not self._certificates:
            return ()
        return catalogue.certificate_alarms(certificate_arn=self._certificates.regional)

    def _viewer_certificate(self) -> tuple[Alarm, ...]:
        """The alarm on CloudFront's certificate, unless the load balancer has the same one."""
        if not self._certificates or self.place.region == GLOBAL_REGION:
            return ()
        return catalogue.certificate_alarms(certificate_arn=self._certificates.viewer)

    def _global_topic(self, edge: EdgeOutputs) -> str:
        return NotificationTopic(
            self,
            "edge_topic",
            name=self.settings.names.resource("edge-alarms"),
            kms_key_arn=edge.key_arn,
            place=replace(self.place, region=GLOBAL_REGION),
            publishers=(account_publisher(self.place.account_id),),
            emails=self._env.monitoring.alarm_emails,
            provider=self._global,
        ).arn

    def _flow_logs(self) -> None:
        names = self.settings.names
        VpcFlowLogs(
            self,
            "flow_logs",
            name=names.resource("flow-logs"),
            role_name=names.regional("flow-logs"),
            vpc_id=self._infrastructure.vpc.vpc_id,
            place=self.place,
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
            # "Environment" alone would count those of other projects that are called the same.
            counted=of_tag(DEPLOYMENT_TAG, self._env.default_tags[DEPLOYMENT_TAG]),
            emails=self._env.budget_emails,
            topic_arn=self._infrastructure.alarm_topic_arn,
        )
        if budget.stop != "off":
            stop_by_budget(self, self._env, topic_arn=self._infrastructure.alarm_topic_arn)
