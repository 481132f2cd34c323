from __future__ import annotations

import pytest

from tools.rights.operations import operation_of, service_called


@pytest.mark.parametrize(
    ("signed_for", "request_line", "operation"),
    [
        ("ec2", "DescribeVpcs", "ec2:DescribeVpcs"),
        ("elasticloadbalancing", "CreateLoadBalancer", "elbv2:CreateLoadBalancer"),
        ("s3", "HEAD /states", "s3:HeadBucket"),
        ("s3", "GET /states?versioning", "s3:GetBucketVersioning"),
        ("s3", "GET /states?lifecycle", "s3:GetBucketLifecycleConfiguration"),
        ("s3", "GET /states/a/b.tfstate", "s3:GetObject"),
        ("s3", "PUT /states/a/b?x-id=PutObject", "s3:PutObject"),
        ("s3", "DELETE /states/a?versionId=1&x-id=DeleteObject", "s3:DeleteObject"),
        ("s3", "PUT /states/a?tagging=", "s3:PutObjectTagging"),
        ("s3", "POST /states?delete=", "s3:DeleteObjects"),
        ("s3", "GET /v20180820/configuration/publicAccessBlock", "s3control:GetPublicAccessBlock"),
        ("cloudfront", "POST /2020-05-31/distribution?WithTags=", "cloudfront:CreateDistributionWithTags"),
        ("cloudfront", "POST /2020-05-31/tagging?Operation=Tag&Resource=arn", "cloudfront:TagResource"),
        ("lambda", "POST /2015-03-31/functions/f/invocations", "lambda:Invoke"),
        ("lambda", "GET /2017-03-31/tags/arn%3Aaws%3Alambda", "lambda:ListTags"),
        ("es", "GET /2021-01-01/opensearch/domain/d", "opensearch:DescribeDomain"),
    ],
)
def test_a_request_is_told_by_its_name_or_its_path(signed_for: str, request_line: str, operation: str) -> None:
    assert operation_of(signed_for, request_line) == operation


def test_a_path_of_no_operation_is_refused() -> None:
    with pytest.raises(LookupError, match="lambda has no operation for GET /nowhere"):
        operation_of("lambda", "GET /nowhere")


def test_the_sdks_names_are_boto3s() -> None:
    assert service_called("Elastic Load Balancing v2") == "elbv2"
    assert service_called("CloudWatch Logs") == "logs"
