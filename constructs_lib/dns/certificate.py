"""Certificates validated through DNS."""

from __future__ import annotations

from collections.abc import Mapping

from cdktf import TerraformProvider, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.acm_certificate import AcmCertificate
from cdktf_cdktf_provider_aws.acm_certificate_validation import (
    AcmCertificateValidation,
    AcmCertificateValidationTimeouts,
)
from cdktf_cdktf_provider_aws.route53_record import Route53Record
from constructs import Construct


class RegionalCertificates(Construct):
    """One certificate for `domain` in each region, and the one validation record they share.

    ACM derives the record from account and domain, not from the region, so a second owner would clash.
    The wait ends after 45 minutes: a zone that isn't delegated never validates. `providers` maps a region to its
    provider, None for the stack's own. A domain has at most 64 characters here (ACM common name).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        domain: str,
        zone_id: str,
        providers: Mapping[str, TerraformProvider | None],
    ) -> None:
        super().__init__(scope, id_)
        requested = {region: self._request(region, domain, provider) for region, provider in providers.items()}
        option = next(iter(requested.values())).domain_validation_options.get(0)
        record = Route53Record(
            self,
            "validation",
            zone_id=zone_id,
            name=option.resource_record_name,
            type=option.resource_record_type,
            records=[option.resource_record_value],
            ttl=300,
            # A certificate renewed or requested again uses the same record.
            allow_overwrite=True,
        )
        self.arns: dict[str, str] = {
            region: AcmCertificateValidation(
                self,
                f"validated_{region.replace('-', '_')}",
                certificate_arn=certificate.arn,
                validation_record_fqdns=[record.fqdn],
                timeouts=AcmCertificateValidationTimeouts(create="45m"),
                provider=providers[region],
            ).certificate_arn
            for region, certificate in requested.items()
        }

    def _request(self, region: str, domain: str, provider: TerraformProvider | None) -> AcmCertificate:
        return AcmCertificate(
            self,
            f"certificate_{region.replace('-', '_')}",
            domain_name=domain,
            validation_method="DNS",
            key_algorithm="EC_prime256v1",
            # A listener or distribution keeps the old one until the new one is in place.
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
            provider=provider,
        )
