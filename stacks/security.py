"""security: what watches the account, and the topic that tells people."""

from __future__ import annotations

from constructs import Construct

from config import Environment
from constructs_lib.audit import routes
from constructs_lib.audit.account_settings import AccountSettings
from constructs_lib.audit.analyzer import Analyzer
from constructs_lib.audit.cis_alarms import CisAlarms
from constructs_lib.audit.finding_routes import FindingRoutes, GlobalEvents
from constructs_lib.audit.findings_topic import FindingsTopic
from constructs_lib.audit.hub import Hub
from constructs_lib.audit.image_inspection import ImageInspection
from constructs_lib.audit.recorder import Recorder
from constructs_lib.audit.threat_detection import ThreatDetection
from constructs_lib.audit.trail import Trail
from constructs_lib.security.key import CustomerKey
from stacks.base import GLOBAL_REGION, Layer, LayerSettings
from stacks.evidence import key_statements, trail_name


class SecurityStack(Layer):
    """What exists once an account or region is built where it is owned; where it is adopted its findings still arrive.

    `key_arn` is the region's key, which allows what `stacks.evidence` says; `security.own_key` builds one that protects
    evidence and findings alone.
    """

    def __init__(self, scope: Construct, env: Environment, *, id_: str = "security", key_arn: str) -> None:
        super().__init__(scope, id_, LayerSettings.of(env))
        self._env, self._access_logs_bucket = env, self.settings.names.bucket("access-logs")
        settings, security = self.settings, env.security
        self._key_arn = self._key() if env.security.own_key else key_arn
        self._topic_arn = FindingsTopic(
            self,
            "topic",
            name=settings.names.resource("security"),
            kms_key_arn=self._key_arn,
            account_id=settings.account_id,
            region=settings.region,
            partition=settings.partition,
            emails=env.security_emails,
        ).arn
        if security.trail == "own":
            self._trail()
        if security.analyzer == "own":
            Analyzer(self, "analyzer", name=settings.names.resource("access"))
        if security.detector == "own":
            ThreatDetection(self, "threats")
        if security.recorder == "own":
            self._recorder()
        if security.hub == "own":
            Hub(self, "hub", region=settings.region, partition=settings.partition)
        if security.inspector == "own":
            ImageInspection(self, "images", account_id=settings.account_id)
        if security.account_settings == "own":
            AccountSettings(self, "account", account_id=settings.account_id)
        self._routes()

    def _key(self) -> str:
        settings = self.settings
        return CustomerKey(
            self,
            "key",
            alias=settings.names.resource("security"),
            description=f"Evidence and findings of {settings.names.resource('security')}",
            account_id=settings.account_id,
            region=settings.region,
            partition=settings.partition,
            protected=settings.protected,
            deletion_window_days=30 if settings.protected else 7,
            extra=key_statements(self._env, settings),
        ).arn

    def _trail(self) -> None:
        settings, names = self.settings, self.settings.names
        trail = Trail(
            self,
            "trail",
            name=trail_name(names),
            bucket_name=names.bucket("trail"),
            access_logs_bucket=self._access_logs_bucket,
            log_group_name=names.path("trail"),
            role_name=names.regional("trail"),
            kms_key_arn=self._key_arn,
            account_id=settings.account_id,
            region=settings.region,
            partition=settings.partition,
            retention_days=self._env.logs.audit_retention_days,
            protected=settings.protected,
        )
        if self._env.security.cis_alarms:
            CisAlarms(
                self,
                "cis",
                name_prefix=names.resource("cis"),
                log_group_name=trail.log_group,
                topic_arn=self._topic_arn,
            )

    def _recorder(self) -> None:
        settings, names = self.settings, self.settings.names
        Recorder(
            self,
            "recorder",
            name_prefix=names.resource("rule"),
            bucket_name=names.bucket("config"),
            access_logs_bucket=self._access_logs_bucket,
            kms_key_arn=self._key_arn,
            account_id=settings.account_id,
            partition=settings.partition,
            retention_days=self._env.logs.audit_retention_days,
            own_role=self._env.security.recorder_role == "own",
            protected=settings.protected,
        )

    def _routes(self) -> None:
        settings, security = self.settings, self._env.security
        sources = (
            (security.detector, (routes.THREATS,)),
            (security.hub, (routes.POSTURE,)),
            (security.inspector, (routes.IMAGES,)),
            (security.analyzer, (routes.EXPOSURE,)),
            (security.trail, routes.TRAIL_ROUTES),
        )
        used = [route for mode, group in sources if mode != "off" for route in group]
        name_prefix = settings.names.resource("findings")
        FindingRoutes(self, "routes", name_prefix=name_prefix, topic_arn=self._topic_arn, routes=used)
        abroad = [route for route in used if route.everywhere]
        if abroad and settings.region != GLOBAL_REGION:
            GlobalEvents(
                self,
                "global_events",
                name_prefix=name_prefix,
                role_name=settings.names.regional("global-events"),
                routes=abroad,
                account_id=settings.account_id,
                region=settings.region,
                partition=settings.partition,
                provider=self.aws_provider("aws_global", region=GLOBAL_REGION, alias="global"),
            )
