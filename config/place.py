"""Account, region and partition in which something lives, and the ARNs that follow from them."""

from __future__ import annotations

from dataclasses import dataclass

# Region of CloudFront's certificates, firewalls, logs and metrics, and of billing metrics.
GLOBAL_REGION = "us-east-1"


@dataclass(frozen=True)
class Place:
    """An account and a region. `partition` is `aws`, `aws-cn` or `aws-us-gov`, the second part of every ARN."""

    account_id: str
    region: str
    partition: str

    @property
    def dns_suffix(self) -> str:
        """End of the names of AWS's hosts in this partition."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    def arn(self, service: str, resource: str, *, region: str | None = None) -> str:
        """ARN of a resource of this account, in this region unless `region` names another ("" for none)."""
        region = self.region if region is None else region
        return f"arn:{self.partition}:{service}:{region}:{self.account_id}:{resource}"

    def bucket_arn(self, name: str) -> str:
        """ARN of a bucket, which names neither account nor region."""
        return f"arn:{self.partition}:s3:::{name}"

    def log_group_arn(self, name: str) -> str:
        """ARN of a log group; its streams are below it, after `:`."""
        return self.arn("logs", f"log-group:{name}")

    def role_arn(self, name: str) -> str:
        """ARN of a role without a path. IAM has no regions."""
        return self.arn("iam", f"role/{name}", region="")

    def function_arn(self, name: str) -> str:
        """ARN of a function, without a version."""
        return self.arn("lambda", f"function:{name}")
