"""CloudFront's private way to an internal load balancer."""

from __future__ import annotations

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.cloudfront_vpc_origin import (
    CloudfrontVpcOrigin,
    CloudfrontVpcOriginTimeouts,
    CloudfrontVpcOriginVpcOriginEndpointConfig,
    CloudfrontVpcOriginVpcOriginEndpointConfigOriginSslProtocols,
)
from constructs import Construct


class VpcOrigin(Construct):
    """A VPC origin for one ALB.

    AWS refuses to change an origin that a distribution uses (409 CannotUpdateEntityWhileInUse), so the protocol is part
    of its name, and a replacement is created before the old one goes. Deployment takes up to 15 minutes and more, hence
    the longer timeouts.
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, alb_arn: str, tls: bool) -> None:
        super().__init__(scope, id_)
        protocol = "https-only" if tls else "http-only"
        self.origin = CloudfrontVpcOrigin(
            self,
            "https" if tls else "http",
            vpc_origin_endpoint_config=[
                CloudfrontVpcOriginVpcOriginEndpointConfig(
                    name=f"{name}-{'https' if tls else 'http'}",
                    arn=alb_arn,
                    http_port=80,
                    https_port=443,
                    origin_protocol_policy=protocol,
                    origin_ssl_protocols=[
                        CloudfrontVpcOriginVpcOriginEndpointConfigOriginSslProtocols(items=["TLSv1.2"], quantity=1)
                    ],
                )
            ],
            timeouts=CloudfrontVpcOriginTimeouts(create="30m", update="30m", delete="30m"),
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        self.id: str = self.origin.id
