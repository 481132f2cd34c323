"""Amazon Inspector: known vulnerabilities in container images and functions."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.inspector2_enabler import Inspector2Enabler
from constructs import Construct


class ImageInspection(Construct):
    """Scans images when pushed and functions when updated, and both again when a vulnerability becomes known.

    It covers all repositories and functions of the region. ECR's own scan on push is superseded while this is on
    ("Enhanced scanning", ECR guide). Functions that are encrypted with a customer key aren't scanned ("Scanning Lambda
    functions", Inspector guide); which of their keys that means, it doesn't say.
    """

    def __init__(self, scope: Construct, id_: str, *, account_id: str) -> None:
        super().__init__(scope, id_)
        Inspector2Enabler(self, "enabler", account_ids=[account_id], resource_types=["ECR", "LAMBDA"])
