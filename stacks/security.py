"""security: services that watch the account, and the topic that tells people."""

from __future__ import annotations

from collections.abc import Iterator

from cdktf_cdktf_provider_aws.provider import AwsProvider
from constructs import Construct

from config import Environment
from config.place import GLOBAL_REGION
from constructs_lib.audit import routes
from constructs_lib.audit.account_settings import AccountSettings
from constructs_lib.audit.analyzer import Analyzer
from constructs_lib.audit.cis_alarms import CisAlarms
from constructs_lib.audit.finding_routes import FindingRoutes, GlobalEvents, Machine
from constructs_lib.audit.hub import Hub
from constructs_lib.audit.image_inspection import ImageInspection, RegistryScanning
from constructs_lib.audit.recorder import Recorder
from constructs_lib.audit.threat_detection import ThreatDetection
from constructs_lib.audit.trail import Trail
from constructs_lib.audit.vulnerabilities import NewsNames, VulnerabilityNews
from constructs_lib.observability.topic import NotificationTopic, TopicPublisher, account_publisher, rules_publisher
from constructs_lib.security.key import CustomerKey
from constructs_lib.storage.log_buckets import LogStorage
from constructs_lib.workflows.failed_runs import FailedRuns, run_message
from stacks.base import LayerSettings, LayerStack
from stacks.evidence import own_key_statements, trail_name

UNTOLD = run_message(
    "A vulnerability that Inspector found could not be told: <run> ended as <status>.",
    "What to do: the runbook undelivered-finding.",
)


class SecurityStack(LayerStack):
    """Builds account-wide services this environment owns; routes findings of adopted ones too.

    `alarm_topic_arn` is the region's topic of alarms, which hears of findings that the layer's own topic doesn't get.
    `key_arn` is the region's key, which allows what `stacks.evidence` says; `security.own_key` builds one that protects
    evidence and findings alone.
    """

    def __init__(
        self, scope: Construct, env: Environment, *, id_: str = "security", key_arn: str, alarm_topic_arn: str
    ) -> None:
        super().__init__(scope, id_, LayerSettings.of(env))
        self._env, self._alarm_topic_arn = env, alarm_topic_arn
        settings, security = self.settings, env.security
        # Also without routes: Terraform destroys what routes had by the provider that made it, and needs it for that.
        self._abroad = self._global_provider() if self.place.region != GLOBAL_REGION else None
        self._key_arn = self._key() if env.security.own_key else key_arn
        self._topic_arn = self._topic() if security.routes_findings else ""
        if security.trail == "own":
            self._trail()
        if security.analyzer == "own":
            Analyzer(self, "analyzer", name=settings.names.resource("access"))
        if security.detector == "own":
            ThreatDetection(self, "threats")
        recording = (self._recorder().recording,) if security.recorder == "own" else ()
        if security.hub == "own":
            Hub(self, "hub", place=self.place, recording=recording)
        inspection = None
        if security.inspector == "own":
            inspection = ImageInspection(self, "images", account_id=self.place.account_id)
        if security.image_scanning == "own":
            RegistryScanning(self, "scanning", after=inspection)
        if security.account_settings == "own":
            AccountSettings(self, "account", account_id=self.place.account_id)
        if security.routes_findings:
            self._routes()

    def _key(self) -> str:
        settings = self.settings
        return CustomerKey(
            self,
            "key",
            alias=settings.names.resource("security"),
            description=f"Evidence and findings of {settings.names.resource('security')}",
            place=self.place,
            protected=settings.protected,
            statements=own_key_statements(self._env, settings),
        ).arn

    def _topic(self) -> str:
        return NotificationTopic(
            self,
            "topic",
            name=self.settings.names.resource("security"),
            kms_key_arn=self._key_arn,
            place=self.place,
            publishers=tuple(self._publishers()),
            emails=self._env.security_emails,
        ).arn

    def _publishers(self) -> Iterator[TopicPublisher]:
        security = self._env.security
        yield rules_publisher(self.place)
        if security.trail == "own" and security.cis_alarms:
            yield account_publisher(self.place.account_id, sid="Alarms")

    def _evidence(self, bucket_name: str) -> LogStorage:
        names = self.settings.names
        return LogStorage(
            bucket_name=names.bucket(bucket_name),
            kms_key_arn=self._key_arn,
            retention_days=self._env.logs.audit_retention_days,
            access_logs_bucket=names.bucket("access-logs"),
            protected=self.settings.protected,
        )

    def _trail(self) -> None:
        names = self.settings.names
        trail = Trail(
            self,
            "trail",
            name=trail_name(names),
            log_group_name=names.path("trail"),
            role_name=names.regional("trail"),
            storage=self._evidence("trail"),
            place=self.place,
        )
        if self._env.security.cis_alarms:
            self.watched += CisAlarms(
                self,
                "cis",
                name_prefix=names.resource("cis"),
                log_group_name=trail.log_group,
                topic_arn=self._topic_arn,
            ).watched

    def _recorder(self) -> Recorder:
        return Recorder(
            self,
            "recorder",
            name_prefix=self.settings.names.resource("rule"),
            storage=self._evidence("config"),
            place=self.place,
            own_role=self._env.security.recorder_role == "own",
        )

    def _foreign_images(self) -> routes.FindingRoute:
        """Until a digest is configured Terraform's own revisions name a tag."""
        image, place, names = self._env.image, self.place, self.settings.names
        host = f"{place.account_id}.dkr.ecr.{place.region}.{place.dns_suffix}"
        repository = f"{host}/{image.repository or names.resource('app')}"
        configured = () if image.digest else (f"{repository}{image.reference}",)
        return routes.foreign_images(family=names.resource("app"), ours=(f"{repository}@sha256:", *configured))

    def _news(self) -> Machine:
        """What tells of each vulnerability once, and the alarm topic of a run that could not."""
        names = self.settings.names
        news = VulnerabilityNews(
            self,
            "news",
            names=NewsNames(
                table=names.resource("vulnerabilities"),
                machine=names.resource("vulnerabilities"),
                log_group=names.path("vulnerabilities"),
                machine_role=names.regional("vulnerabilities"),
                rule_role=names.regional("vulnerabilities-rule"),
            ),
            place=self.place,
            topic_arn=self._topic_arn,
            topic_name=names.resource("security"),
            kms_key_arn=self._key_arn,
            log_retention_days=self._env.logs.retention_days,
            protected=self.settings.protected,
        )
        FailedRuns(
            self,
            "untold",
            name=names.resource("untold-vulnerabilities"),
            description="A vulnerability could not be told",
            message=UNTOLD,
            machine_arn=news.arn,
            topic_arn=self._alarm_topic_arn,
        )
        return Machine(news.arn, news.starts_role_arn, news.starts_policy)

    def _routes(self) -> None:
        settings, security = self.settings, self._env.security
        sources = (
            (security.detector, (routes.THREATS,)),
            (security.hub, (routes.POSTURE,)),
            (security.inspector, (routes.IMAGES,)),
            (security.analyzer, (routes.EXPOSURE,)),
            (security.trail, (*routes.TRAIL_ROUTES, self._foreign_images())),
        )
        used = [route for mode, group in sources if mode != "off" for route in group]
        name_prefix = settings.names.resource("findings")
        # Calls and accesses are told in words that can't fail; findings of these services carry text of their own.
        reported = any(mode != "off" for mode in (security.detector, security.hub, security.inspector))
        self.watched += FindingRoutes(
            self,
            "routes",
            name_prefix=name_prefix,
            topic_arn=self._topic_arn,
            routes=used,
            place=self.place,
            alarm_topic_arn=self._alarm_topic_arn if reported else None,
            machines={routes.IMAGES.id: self._news()} if security.inspector != "off" else None,
        ).watched
        abroad = [route for route in used if route.everywhere]
        if abroad and self._abroad is not None:
            GlobalEvents(
                self,
                "global_events",
                name_prefix=name_prefix,
                role_name=settings.names.regional("global-events"),
                routes=abroad,
                place=self.place,
                provider=self._abroad,
            )

    def _global_provider(self) -> AwsProvider:
        return self.aws_provider("aws_global", region=GLOBAL_REGION, alias="global")
