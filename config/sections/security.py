"""[security]: services that watch the account, and who owns them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from config.checks import Mails, StrictModel

Ownership = Literal["own", "adopt", "off"]

_CHOICE = "own: built here; adopt: it exists, and its findings are passed on; off."


class SecuritySection(StrictModel):
    """Services that exist once per account, or once per account and region, and therefore have one owner.

    Off by default, since another environment or the organization may have it already.
    """

    trail: Ownership = Field(
        default="off",
        description=f"CloudTrail in every region, one per account; the first costs storage only. {_CHOICE}",
    )
    analyzer: Ownership = Field(
        default="off", description=f"IAM Access Analyzer for access from outside the account, free. {_CHOICE}"
    )
    detector: Ownership = Field(default="off", description=f"GuardDuty, priced by volume of events. {_CHOICE}")
    hub: Ownership = Field(
        default="off", description=f"Security Hub with AWS's foundational practices, priced by check. {_CHOICE}"
    )
    recorder: Ownership = Field(
        default="off", description=f"AWS Config, priced by recorded change and rule evaluation. {_CHOICE}"
    )
    inspector: Ownership = Field(
        default="off", description=f"Inspector for images and functions, priced by what it scans. {_CHOICE}"
    )
    image_scanning: Ownership = Field(
        default="off",
        description="ECR's enhanced scanning: Inspector looks at every image of the region again whenever a "
        "vulnerability becomes known; a setting of the registry, needs inspector. Without it "
        "an image is scanned once, at its push. "
        f"{_CHOICE}",
    )
    account_settings: Ownership = Field(
        default="off",
        description="Rules for passwords, no public buckets, new disks encrypted: settings of the whole account, free. "
        "own: set here; adopt: somebody else sets them; off.",
    )
    recorder_role: Literal["own", "adopt"] = Field(
        default="own",
        description="Service-linked role of AWS Config, one per account: own creates it, adopt uses the existing one.",
    )
    own_key: bool = Field(
        default=False, description="A customer key for evidence and findings alone, beside that of the region."
    )
    cis_alarms: bool = Field(
        default=False, description="An alarm for each of CIS 4.1 to 4.15 on the trail; 15 alarms at the alarm price."
    )
    emails: Mails = Field(
        default=(), max_length=10, description="Recipients of findings; monitoring.alarm_emails when empty."
    )

    @property
    def routes_findings(self) -> bool:
        """Whether any service is in use whose findings or calls are sent to people."""
        watchers = (self.trail, self.analyzer, self.detector, self.hub, self.inspector)
        return any(mode != "off" for mode in watchers)

    @property
    def watches(self) -> bool:
        """Whether any of these services is in use, owned here or by another environment."""
        watchers = (self.trail, self.analyzer, self.detector, self.hub, self.recorder, self.inspector)
        return any(mode != "off" for mode in (*watchers, self.image_scanning, self.account_settings))
