"""Amazon Inspector: known vulnerabilities in container images and functions."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.ecr_registry_scanning_configuration import (
    EcrRegistryScanningConfiguration,
    EcrRegistryScanningConfigurationRule,
    EcrRegistryScanningConfigurationRuleRepositoryFilter,
)
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
        self.enabler = Inspector2Enabler(self, "enabler", account_ids=[account_id], resource_types=["ECR", "LAMBDA"])


class RegistryScanning(Construct):
    """The registry's setting by which Inspector scans every image again when a vulnerability becomes known.

    It replaces what the repositories say of scanning. Inspector stops after the days that its own setting names
    ("Enhanced scanning", ECR guide). Destroyed, the registry is back at one basic scan by push.
    """

    def __init__(self, scope: Construct, id_: str, *, after: ImageInspection | None = None) -> None:
        super().__init__(scope, id_)
        every = EcrRegistryScanningConfigurationRuleRepositoryFilter(filter="*", filter_type="WILDCARD")
        EcrRegistryScanningConfiguration(
            self,
            "registry",
            scan_type="ENHANCED",
            rule=[EcrRegistryScanningConfigurationRule(scan_frequency="CONTINUOUS_SCAN", repository_filter=[every])],
            # Enhanced scanning enables Inspector where it isn't; both at once would meet.
            depends_on=[after.enabler] if after else None,
        )
