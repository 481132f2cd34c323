"""An internal ALB that only CloudFront reaches."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lb import Lb, LbAccessLogs
from cdktf_cdktf_provider_aws.lb_target_group import LbTargetGroup, LbTargetGroupHealthCheck
from constructs import Construct

from constructs_lib.load_balancing import listeners


class InternalLoadBalancer(Construct):
    """ALB, target group and listener, hardened and logged.

    Args:
        name: at most 32 characters, letters, digits and hyphens (ELB quotas).
        target_group_name: the same; another one for each protocol, which AWS changes only by replacing the group.
        subnets: at least two, in different availability zones (ELB).
        certificate_arn: for HTTPS on port 443; None listens on HTTP port 80 inside the VPC, because ACM issues no
            certificate for an ALB's own name and there is no domain to issue one for.
        tls_to_targets: whatever their certificate: a load balancer encrypts, and verifies none (ELB target groups).
        idle_timeout_seconds: 1 to 4000; longer than the pause before a model's first token.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        target_group_name: str,
        vpc_id: str,
        subnets: Sequence[str],
        security_groups: Sequence[str],
        logs_bucket: str,
        certificate_arn: str | None = None,
        tls_to_targets: bool = True,
        health_check_path: str = "/health",
        health_check_interval_seconds: int = 60,
        health_check_timeout_seconds: int = 5,
        idle_timeout_seconds: int = 120,
        deregistration_delay_seconds: int = 60,
        protected: bool = True,
    ) -> None:
        super().__init__(scope, id_)
        self.alb = Lb(
            self,
            "alb",
            name=name,
            internal=True,
            load_balancer_type="application",
            subnets=list(subnets),
            security_groups=list(security_groups),
            drop_invalid_header_fields=True,
            desync_mitigation_mode="strictest",
            enable_deletion_protection=protected,
            idle_timeout=idle_timeout_seconds,
            access_logs=LbAccessLogs(bucket=logs_bucket, enabled=True),
        )
        protocol, port = ("HTTPS", 443) if tls_to_targets else ("HTTP", 80)
        self.target_group = LbTargetGroup(
            self,
            "target_group",
            name=target_group_name,
            vpc_id=vpc_id,
            # ECS registers every task with the port it listens on. Were that port named here, another one would replace
            # the group, and what a listener uses can't be deleted.
            port=port,
            protocol=protocol,
            target_type="ip",
            deregistration_delay=str(deregistration_delay_seconds),
            health_check=LbTargetGroupHealthCheck(
                protocol=protocol,
                path=health_check_path,
                interval=health_check_interval_seconds,
                timeout=health_check_timeout_seconds,
                healthy_threshold=2,
                unhealthy_threshold=3,
                matcher="200",
            ),
            # For another protocol: the listener and the service move to the new group, then the old one goes.
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        self.ready: tuple[ITerraformDependable, ...] = (
            listeners.in_clear(self, self.alb.arn, self.target_group.arn)
            if certificate_arn is None
            else listeners.encrypted(self, self.alb.arn, self.target_group.arn, certificate_arn)
        )
        self.arn: str = self.alb.arn
        self.arn_suffix: str = self.alb.arn_suffix
        self.dns_name: str = self.alb.dns_name
        self.target_group_arn: str = self.target_group.arn
        self.target_group_arn_suffix: str = self.target_group.arn_suffix
