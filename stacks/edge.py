"""edge: CloudFront over a VPC origin, WAF, caching and headers. Lives in us-east-1, where CloudFront reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cdktf import TerraformOutput
from cdktf_cdktf_provider_aws.route53_record import Route53Record, Route53RecordAlias
from constructs import Construct

from config import Environment
from config.place import GLOBAL_REGION
from constructs_lib.edge.access_logs import DistributionLogs
from constructs_lib.edge.behaviours import CacheBehaviours
from constructs_lib.edge.distribution import AlternateDomainNames, Distribution, ServiceOrigin
from constructs_lib.edge.fallback import Fallback, decrypt_for_distributions, page_style
from constructs_lib.edge.forwarding import MANAGED, ViewerProtocol
from constructs_lib.edge.origin import VpcOrigin
from constructs_lib.edge.policies import SecurityHeaders, StaticCaching
from constructs_lib.edge.waf import WebAcl
from constructs_lib.identity.policy import Statement
from constructs_lib.observability.log_group import LogGroup
from constructs_lib.security.key import CustomerKey, account_publishers, log_delivery, log_groups
from constructs_lib.storage.log_buckets import LogStorage
from stacks.base import LayerSettings, LayerStack
from stacks.service import ServiceOutputs


@dataclass(frozen=True)
class SiteName:
    """The site's own name: domain, the zone that holds it, and the viewer certificate in us-east-1."""

    domain: str
    zone_id: str
    certificate_arn: str


@dataclass(frozen=True)
class EdgeOutputs:
    """Distribution, web ACL and key, for alarms and graphs; the distribution's own name, for the probe."""

    distribution_id: str
    domain_name: str
    web_acl_name: str
    key_arn: str


class EdgeStack(LayerStack):
    """The public side of the service."""

    def __init__(
        self,
        scope: Construct,
        env: Environment,
        *,
        id_: str = "edge",
        service: ServiceOutputs,
        key_arn: str,
        site: SiteName | None = None,
    ) -> None:
        super().__init__(scope, id_, LayerSettings.of(env), global_scope=True)
        self._env, self._site = env, site
        self._key_arn = key_arn if env.region == GLOBAL_REGION else self._global_key()
        acl = self._firewall()
        origin = self._origin(service)
        headers = self._headers()
        fallback = self._fallback()
        behaviours = self._behaviours(headers)
        self.distribution = self._distribution(origin, fallback, behaviours, acl)
        fallback.admit(self.distribution.arn)
        if env.edge.access_logs:
            self._access_logs()
        if site:
            self._aliases(site)
        TerraformOutput(
            self,
            "url",
            value=f"https://{site.domain if site else self.distribution.domain_name}",
            description="Where the site answers",
        )
        self.outputs = EdgeOutputs(
            distribution_id=self.distribution.id,
            domain_name=self.distribution.domain_name,
            web_acl_name=acl.name,
            key_arn=self._key_arn,
        )

    def _origin(self, service: ServiceOutputs) -> ServiceOrigin:
        name, tls = self.settings.names.resource("alb"), self._site is not None
        return ServiceOrigin(
            vpc_origin_id=VpcOrigin(self, "origin", name=name, alb_arn=service.alb_arn, tls=tls).id,
            # The name in the load balancer's certificate. A VPC origin needs none that leads anywhere.
            domain=self._site.domain if self._site else service.alb_dns_name,
            read_timeout_seconds=self._env.edge.origin_read_timeout_seconds,
        )

    def _headers(self) -> SecurityHeaders:
        return SecurityHeaders(
            self,
            "headers",
            name=self.settings.names.resource("headers"),
            # On cloudfront.net, HSTS preload commits nobody.
            hsts_preload=self._env.edge.hsts_preload or self._site is None,
            inline_styles=(page_style(),),
        )

    def _behaviours(self, headers: SecurityHeaders) -> CacheBehaviours:
        names = self.settings.names
        # Without a certificate the ALB gets HTTP, so CloudFront forwards the viewer's protocol.
        http_only = self._site is None
        caching = StaticCaching(self, "static_caching", name=names.resource("static"), by_protocol=http_only)
        return CacheBehaviours(
            headers_policy_id=headers.id,
            static_cache_policy_id=caching.id,
            static_paths=self._env.edge.static_paths,
            forwarding=ViewerProtocol(self, "viewer", name=names.resource("viewer")).forwarding
            if http_only
            else MANAGED,
        )

    def _distribution(
        self, origin: ServiceOrigin, fallback: Fallback, behaviours: CacheBehaviours, acl: WebAcl
    ) -> Distribution:
        site, edge = self._site, self._env.edge
        return Distribution(
            self,
            "site",
            comment=self.settings.names.resource("site"),
            service=origin,
            fallback=fallback.origin,
            behaviours=behaviours,
            web_acl_arn=acl.arn,
            names=AlternateDomainNames((site.domain,), site.certificate_arn) if site else None,
            price_class=edge.price_class,
            geo_allow=edge.geo_allow,
        )

    def _global_key(self) -> str:
        settings = self.settings
        return CustomerKey(
            self,
            "key",
            alias=settings.names.resource("edge"),
            description=f"Logs and fallback page of {settings.names.resource('edge')}",
            place=self.place,
            protected=settings.protected,
            statements=tuple(self._key_uses()),
        ).arn

    def _key_uses(self) -> Iterator[Statement]:
        """The firewall's log, the fallback page, access logs, and the topic that `monitoring` builds in this region."""
        yield log_groups(self.place)
        yield decrypt_for_distributions(self.place)
        yield account_publishers(("cloudwatch.amazonaws.com",), self.place.account_id)
        if self._env.edge.access_logs:
            yield log_delivery(self.place)

    def _firewall(self) -> WebAcl:
        names, edge = self.settings.names, self._env.edge
        logs = LogGroup(
            self,
            "waf_logs",
            name=names.waf_logs("edge"),
            retention_days=edge.waf_log_retention_days,
            kms_key_arn=self._key_arn,
        )
        return WebAcl(
            self,
            "firewall",
            name=names.resource("edge"),
            rate_limit_per_5_minutes=edge.rate_limit_per_5_minutes,
            log_group_arn=logs.arn,
            managed_rules=edge.waf_managed_rules,
            block_anonymous=edge.anonymous_addresses == "block",
        )

    def _fallback(self) -> Fallback:
        settings = self.settings
        return Fallback(
            self,
            "fallback",
            name=settings.names.resource("fallback"),
            bucket_name=settings.names.bucket("fallback"),
            place=self.place,
            kms_key_arn=self._key_arn,
            protected=settings.protected,
            parked=self._env.service.parked,
            access_logs_bucket=self._reads_bucket(),
        )

    def _reads_bucket(self) -> str | None:
        """The bucket that records reads of this layer's buckets: one of the same region, if there is one."""
        return self.settings.names.bucket("access-logs") if self._env.region == GLOBAL_REGION else None

    def _access_logs(self) -> None:
        names = self.settings.names
        DistributionLogs(
            self,
            "access_logs",
            name=names.resource("edge"),
            distribution_arn=self.distribution.arn,
            storage=LogStorage(
                bucket_name=names.bucket("edge-logs"),
                kms_key_arn=self._key_arn,
                retention_days=self._env.logs.audit_retention_days,
                access_logs_bucket=self._reads_bucket(),
                protected=self.settings.protected,
            ),
            place=self.place,
        )

    def _aliases(self, site: SiteName) -> None:
        for record_type in ("A", "AAAA"):
            Route53Record(
                self,
                f"alias_{record_type.lower()}",
                zone_id=site.zone_id,
                name=site.domain,
                type=record_type,
                alias=Route53RecordAlias(
                    name=self.distribution.domain_name,
                    zone_id=self.distribution.hosted_zone_id,
                    evaluate_target_health=False,
                ),
            )
