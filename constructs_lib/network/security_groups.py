"""The security groups of the request path: CloudFront to ALB, ALB to task, task to search and out."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.data_aws_ec2_managed_prefix_list import DataAwsEc2ManagedPrefixList
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

CLOUDFRONT_PREFIX_LIST = "com.amazonaws.global.cloudfront.origin-facing"
HTTPS = 443


class RequestPathGroups(Construct):
    """Groups for the load balancer, the tasks and the search domain, opened to each other and to nothing else.

    The load balancer's group holds a single ingress rule: CloudFront's prefix list weighs 55 of the 60 rules a group
    may have (VPC quotas).

    Args:
        listener_port: the port CloudFront connects to on the load balancer, 80 or 443.
        task_port: the port the application listens on.
        internet: whether tasks may open HTTPS connections to the internet; without it they reach the VPC, and S3 of
            `region` through a gateway endpoint, because ECR keeps image layers there.
        search: whether there is a search domain; without one `search_id` is empty.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        vpc_id: str,
        vpc_cidr: str,
        listener_port: int,
        task_port: int,
        region: str,
        internet: bool,
        search: bool = True,
    ) -> None:
        super().__init__(scope, id_)
        self._name = name
        self._vpc_id = vpc_id
        self.alb = self._group("alb", "Internal load balancer: reached by CloudFront, reaches the tasks")
        self.task = self._group("task", "Tasks: reached by the load balancer, reach HTTPS services")
        self._from_cloudfront(listener_port)
        self._connect("alb_to_task", self.alb, self.task, task_port)
        self.search_id = self._search_group().id if search else ""
        self._to_services("task_out", cidr_ipv4="0.0.0.0/0" if internet else vpc_cidr)
        if not internet:
            s3 = DataAwsEc2ManagedPrefixList(self, "s3", name=f"com.amazonaws.{region}.s3")
            self._to_services("task_to_s3", prefix_list_id=s3.id)

    def _search_group(self) -> SecurityGroup:
        group = self._group("search", "OpenSearch: reached by the tasks")
        self._connect("task_to_search", self.task, group, HTTPS)
        return group

    def _group(self, id_: str, description: str) -> SecurityGroup:
        name = f"{self._name}-{id_}"
        return SecurityGroup(self, id_, name=name, description=description, vpc_id=self._vpc_id, tags={"Name": name})

    def _from_cloudfront(self, port: int) -> None:
        prefix_list = DataAwsEc2ManagedPrefixList(self, "cloudfront", name=CLOUDFRONT_PREFIX_LIST)
        VpcSecurityGroupIngressRule(
            self,
            "cloudfront_to_alb",
            security_group_id=self.alb.id,
            prefix_list_id=prefix_list.id,
            description="CloudFront VPC origin",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
        )

    def _to_services(self, id_: str, *, cidr_ipv4: str | None = None, prefix_list_id: str | None = None) -> None:
        VpcSecurityGroupEgressRule(
            self,
            id_,
            security_group_id=self.task.id,
            cidr_ipv4=cidr_ipv4,
            prefix_list_id=prefix_list_id,
            description="HTTPS to AWS services",
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
        )

    def _connect(self, id_: str, source: SecurityGroup, target: SecurityGroup, port: int) -> None:
        VpcSecurityGroupEgressRule(
            self,
            f"{id_}_out",
            security_group_id=source.id,
            referenced_security_group_id=target.id,
            description=id_.replace("_", " "),
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
        )
        VpcSecurityGroupIngressRule(
            self,
            f"{id_}_in",
            security_group_id=target.id,
            referenced_security_group_id=source.id,
            description=id_.replace("_", " "),
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
        )
