"""edge: CloudFront over a VPC origin, WAF, caching and headers. Lives in us-east-1, where CloudFront reads."""

from __future__ import annotations

from dataclasses import dataclass

from cdktf import TerraformOutput
from cdktf_cdktf_provider_aws.route53_record import Route53Record, Route53RecordAlias
from constructs import Construct

from config import Environment
from constructs_lib.edge.access_logs import DistributionLogs
from constructs_lib.edge.distribution import Distribution, ServiceOrigin
from constructs_lib.edge.fallback import Fallback, decrypt_for_distributions, page_style
from constructs_lib.edge.forwarding import MANAGED, ViewerProtocol
from constructs_lib.edge.origin import VpcOrigin
from constructs_lib.edge.policies import SecurityHeaders, StaticCaching
from constructs_lib.edge.waf import WebAcl
from constructs_lib.observability.log_group import LogGroup
from constructs_lib.security.key import CustomerKey
from stacks.base import GLOBAL_REGION, Layer, LayerSettings
from stacks.service import ServiceOutputs


@dataclass(frozen=True)
class SiteName:
    """The site's own name: domain, the zone that holds it, and the viewer certificate in us-east-1."""

    domain: str
    zone_id: str
    certificate_arn: str


@dataclass(frozen=True)
class EdgeOutputs:
    """What alarms point at."""

    distribution_id: str
    web_acl_name: str
    key_arn: str


class EdgeStack(Layer):
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
        names, edge = self.settings.names, env.edge
        self._key_arn = key_arn if env.region == GLOBAL_REGION else self._global_key()
        acl = self._firewall(env)
        origin = VpcOrigin(self, "origin", name=names.resource("alb"), alb_arn=service.alb_arn, tls=site is not None)
        # Without a domain the name is CloudFront's, and nothing of ours is bound by the consent.
        preload = edge.hsts_preload or site is None
        # Then the load balancer sees HTTP alone, and goes by what CloudFront says of the viewer.
        told = site is None
        headers = SecurityHeaders(
            self, "headers", name=names.resource("headers"), hsts_preload=preload, inline_styles=(page_style(),)
        )
        fallback = self._fallback(env)
        self.distribution = Distribution(
            self,
            "site",
            comment=names.resource("site"),
            service=ServiceOrigin(
                # The name in the load balancer's certificate. A VPC origin needs none that leads anywhere.
                domain=site.domain if site else service.alb_dns_name,
                vpc_origin_id=origin.id,
                read_timeout_seconds=edge.origin_read_timeout_seconds,
            ),
            fallback=fallback.origin,
            web_acl_arn=acl.arn,
            static_cache_policy_id=StaticCaching(
                self, "static_caching", name=names.resource("static"), by_protocol=told
            ).id,
            headers_policy_id=headers.id,
            forwarding=ViewerProtocol(self, "viewer", name=names.resource("viewer")).forwarding if told else MANAGED,
            static_paths=edge.static_paths,
            price_class=edge.price_class,
            aliases=(site.domain,) if site else (),
            certificate_arn=site.certificate_arn if site else None,
            geo_allow=edge.geo_allow,
        )
        fallback.admit(self.distribution.arn)
        if edge.access_logs:
            self._access_logs(env)
        if site:
            self._aliases(site)
        TerraformOutput(
            self,
            "url",
            value=f"https://{site.domain if site else self.distribution.domain_name}",
            description="Where the site answers",
        )
        self.outputs = EdgeOutputs(distribution_id=self.distribution.id, web_acl_name=acl.name, key_arn=self._key_arn)

    def _global_key(self) -> str:
        settings = self.settings
        return CustomerKey(
            self,
            "key",
            alias=settings.names.resource("edge"),
            description=f"Logs and fallback page of {settings.names.resource('edge')}",
            account_id=settings.account_id,
            region=GLOBAL_REGION,
            partition=settings.partition,
            protected=settings.protected,
            deletion_window_days=30 if settings.protected else 7,
            extra=(decrypt_for_distributions(settings.account_id, settings.partition),),
        ).arn

    def _firewall(self, env: Environment) -> WebAcl:
        names, edge = self.settings.names, env.edge
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

    def _fallback(self, env: Environment) -> Fallback:
        settings = self.settings
        return Fallback(
            self,
            "fallback",
            name=settings.names.resource("fallback"),
            bucket_name=settings.names.bucket("fallback"),
            kms_key_arn=self._key_arn,
            protected=settings.protected,
            access_logs_bucket=self._reads_bucket(env),
        )

    def _reads_bucket(self, env: Environment) -> str | None:
        """Where reads of this layer's buckets are recorded: a bucket of the same region, if there is one."""
        return self.settings.names.bucket("access-logs") if env.region == GLOBAL_REGION else None

    def _access_logs(self, env: Environment) -> None:
        settings = self.settings
        DistributionLogs(
            self,
            "access_logs",
            name=settings.names.resource("edge"),
            bucket_name=settings.names.bucket("edge-logs"),
            kms_key_arn=self._key_arn,
            distribution_arn=self.distribution.arn,
            account_id=settings.account_id,
            partition=settings.partition,
            region=GLOBAL_REGION,
            retention_days=env.logs.audit_retention_days,
            protected=settings.protected,
            access_logs_bucket=self._reads_bucket(env),
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
