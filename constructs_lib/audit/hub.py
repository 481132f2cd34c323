"""Security Hub: AWS's own judgement of the account."""

from __future__ import annotations

from collections.abc import Sequence

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.securityhub_account import SecurityhubAccount
from cdktf_cdktf_provider_aws.securityhub_standards_subscription import SecurityhubStandardsSubscription
from constructs import Construct

from config.place import Place

STANDARD = "aws-foundational-security-best-practices/v/1.0.0"


class Hub(Construct):
    """Security Hub of a region with the foundational practices (FSBP) and one finding a control, not one a standard.

    It judges what AWS Config records: `recording`, where it is built here, has to be on before.
    """

    def __init__(
        self, scope: Construct, id_: str, *, place: Place, recording: Sequence[ITerraformDependable] = ()
    ) -> None:
        super().__init__(scope, id_)
        hub = SecurityhubAccount(
            self,
            "hub",
            # Named below instead, so that a change of AWS's defaults changes nothing here.
            enable_default_standards=False,
            control_finding_generator="SECURITY_CONTROL",
            auto_enable_controls=True,
            # Controls that find no recorder fail until they are judged again, a day later ("Enabling and configuring
            # AWS Config", Security Hub guide).
            depends_on=list(recording) or None,
        )
        SecurityhubStandardsSubscription(
            self,
            "foundational",
            standards_arn=f"arn:{place.partition}:securityhub:{place.region}::standards/{STANDARD}",
            # A standard is subscribed to in a hub that exists; nothing here names the hub.
            depends_on=[hub],
        )
