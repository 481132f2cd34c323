"""Names under which Cost Explorer shows what a line of the estimate costs (dimension SERVICE)."""

from __future__ import annotations

# By the first words of a price's key. NAT gateways stand with data transfer and volumes.
_SERVICES = {
    "alb": "Amazon Elastic Load Balancing",
    "bedrock": "Amazon Bedrock",
    "cloudfront": "Amazon CloudFront",
    "cloudwatch": "AmazonCloudWatch",
    "config": "AWS Config",
    "dynamodb": "Amazon DynamoDB",
    "ecr": "Amazon EC2 Container Registry (ECR)",
    "fargate": "Amazon Elastic Container Service",
    "guardduty": "Amazon GuardDuty",
    "inspector": "Amazon Inspector",
    "kms": "AWS Key Management Service",
    "lambda": "AWS Lambda",
    "opensearch": "Amazon OpenSearch Service",
    "privatelink": "Amazon Virtual Private Cloud",
    "route53": "Amazon Route 53",
    "s3": "Amazon Simple Storage Service",
    "secrets": "AWS Secrets Manager",
    "securityhub": "AWS Security Hub",
    "sns": "Amazon Simple Notification Service",
    "states": "AWS Step Functions",
    "vpc": "Amazon Virtual Private Cloud",
    "vpc.nat_gateway": "EC2 - Other",
    "waf": "AWS WAF",
    "xray": "AWS X-Ray",
}
# Models that others sell are services of their own: "Claude Sonnet 4 (Amazon Bedrock Edition)".
_EDITION = "(Amazon Bedrock Edition)"


def service_of(price_key: str) -> str:
    """Service of a price by its key in the tables; an unknown one stands for itself. Keys of models are Bedrock's."""
    words = price_key.split(".")
    named = [".".join(words[:count]) for count in range(len(words), 0, -1)]
    return next((_SERVICES[each] for each in named if each in _SERVICES), words[0])


def shown_service(name: str) -> str:
    """Service as the bill names it, with every model under Bedrock."""
    return _SERVICES["bedrock"] if name.endswith(_EDITION) else name
