"""An internal ALB that only CloudFront reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.lb import Lb, LbAccessLogs
from cdktf_cdktf_provider_aws.lb_listener import LbListener
from cdktf_cdktf_provider_aws.lb_listener_rule import LbListenerRule
from cdktf_cdktf_provider_aws.lb_target_group import LbTargetGroup, LbTargetGroupHealthCheck
from constructs import Construct

from constructs_lib.load_balancing.listeners import TEST_PORT, http_listener, https_listener, ruled_listener


@dataclass(frozen=True)
class HealthCheck:
    """Health check of targets: `path` has to answer 200. Interval 5 to 300 seconds, timeout 2 to 120 (ELB)."""

    path: str = "/health"
    interval_seconds: int = 60
    timeout_seconds: int = 5


@dataclass(frozen=True)
class TargetGroup:
    """The group that tasks register with.

    Args:
        name: at most 32 characters, letters, digits and hyphens (ELB quotas); another one for each protocol, which AWS
            changes only by replacing the group.
        tls: TLS to targets, whatever their certificate: a load balancer encrypts, and verifies none (ELB target
            groups).
        deregistration_delay_seconds: 0 to 3600; a stopped task has this long to finish its answers.
        second_name: name of a second group like the first, for what shifts visitors between two.
        shifted_rules: whether rules of listeners are shifted (by ECS itself), not the listeners (by CodeDeploy).
    """

    name: str
    vpc_id: str
    tls: bool = True
    health_check: HealthCheck = HealthCheck()
    deregistration_delay_seconds: int = 60
    second_name: str = ""
    shifted_rules: bool = False


@dataclass(frozen=True)
class ShiftedListeners:
    """What a service shifts visitors with: listener for them, listener for tests, and the second group.

    `rules` are those of the two listeners, in this order, where they are what is shifted.
    """

    visitors: LbListener
    tests: LbListener
    second_group: LbTargetGroup
    rules: tuple[LbListenerRule, LbListenerRule] | None = None


class InternalLoadBalancer(Construct):
    """ALB, target group and listener, hardened and logged.

    With a second group there is also a listener for tests on port 8443, and `shifted` holds all three. Terraform then
    decides where listeners forward at creation only. Raises ValueError for a second group without a certificate: the
    forward would stand in a rule with a condition, and new tasks can't be tried under the site's name.

    Args:
        name: at most 32 characters, letters, digits and hyphens (ELB quotas).
        subnets: at least two, in different availability zones (ELB).
        certificate_arn: for HTTPS on port 443; None listens on HTTP port 80 inside the VPC, because ACM issues no
            certificate for an ALB's own name and there is no domain to issue one for.
        idle_timeout_seconds: 1 to 4000; longer than the pause before a model's first token.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        subnets: Sequence[str],
        security_groups: Sequence[str],
        targets: TargetGroup,
        logs_bucket: str,
        certificate_arn: str | None = None,
        idle_timeout_seconds: int = 120,
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
        self.target_group = self._target_group("target_group", targets.name, targets)
        self.shifted: ShiftedListeners | None = None
        if targets.second_name:
            self.shifted = self._shift(targets, certificate_arn)
            listeners = (self.shifted.visitors, self.shifted.tests)
            self.ready: tuple[ITerraformDependable, ...] = self.shifted.rules or listeners
        else:
            self.ready = self._listen(certificate_arn)
        self.arn: str = self.alb.arn
        self.arn_suffix: str = self.alb.arn_suffix
        self.dns_name: str = self.alb.dns_name
        # Those of the one group or of both, each read once: read again it is another token, and nothing compares equal.
        groups = (self.target_group, *((self.shifted.second_group,) if self.shifted else ()))
        self.group_suffixes: tuple[str, ...] = tuple(group.arn_suffix for group in groups)

    def _target_group(self, id_: str, name: str, targets: TargetGroup) -> LbTargetGroup:
        protocol, port = ("HTTPS", 443) if targets.tls else ("HTTP", 80)
        return LbTargetGroup(
            self,
            id_,
            name=name,
            vpc_id=targets.vpc_id,
            # ECS registers every task with the port it listens on. Were that port named here, another one would replace
            # the group, and what a listener uses can't be deleted.
            port=port,
            protocol=protocol,
            target_type="ip",
            deregistration_delay=str(targets.deregistration_delay_seconds),
            health_check=LbTargetGroupHealthCheck(
                protocol=protocol,
                path=targets.health_check.path,
                interval=targets.health_check.interval_seconds,
                timeout=targets.health_check.timeout_seconds,
                healthy_threshold=2,
                unhealthy_threshold=3,
                matcher="200",
            ),
            # For another protocol: the listener and the service move to the new group, then the old one goes.
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )

    def _listen(self, certificate_arn: str | None) -> tuple[ITerraformDependable, ...]:
        """The listener and its rules, which have to exist before a task can be registered."""
        if certificate_arn is None:
            return http_listener(self, self.alb.arn, self.target_group.arn)
        return (https_listener(self, self.alb.arn, self.target_group.arn, certificate_arn),)

    def _shift(self, targets: TargetGroup, certificate_arn: str | None) -> ShiftedListeners:
        if certificate_arn is None:
            raise ValueError("a second target group takes a certificate_arn: only listeners with TLS are shifted")
        second = self._target_group("second_target_group", targets.second_name, targets)
        if targets.shifted_rules:
            listener, rule = ruled_listener(self, self.alb.arn, self.target_group.arn, certificate_arn)
            tests_listener, tests_rule = ruled_listener(
                self, self.alb.arn, second.arn, certificate_arn, id_="tests", port=TEST_PORT
            )
            return ShiftedListeners(listener, tests_listener, second, (rule, tests_rule))
        visitors = https_listener(self, self.alb.arn, self.target_group.arn, certificate_arn, shifted=True)
        # ECS takes no group that no listener uses.
        tests = https_listener(
            self, self.alb.arn, second.arn, certificate_arn, id_="tests", port=TEST_PORT, shifted=True
        )
        return ShiftedListeners(visitors, tests, second)
