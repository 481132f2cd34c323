"""The page that visitors see while no task answers, in a private bucket that CloudFront alone reads."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from cdktf_cdktf_provider_aws.cloudfront_origin_access_control import CloudfrontOriginAccessControl
from cdktf_cdktf_provider_aws.s3_object import S3Object
from constructs import Construct

from config.place import Place
from constructs_lib.edge.distribution import PAGE, FallbackOrigin
from constructs_lib.identity.policy import Statement
from constructs_lib.storage.bucket import Bucket

_HTML = Path(__file__).with_name("unavailable.html").read_text(encoding="utf-8")
_PARKED = Path(__file__).with_name("parked.html").read_text(encoding="utf-8")


def parked_page() -> str:
    """The page of a site that is closed on purpose: nothing to try again, and no failure to count."""
    main = re.sub(r" *<main>.*</main>\n", lambda _: _PARKED, _HTML, count=1, flags=re.DOTALL)
    page = re.sub(r' *<meta http-equiv="refresh"[^>]*>\n', "", main, count=1)
    return page.replace("<title>Temporarily unavailable</title>", "<title>Closed for now</title>")


def page_style() -> str:
    """The page's own style as a source of a content security policy, which allows no other inline style."""
    styles = re.findall(r"<style>(.*?)</style>", _HTML, re.DOTALL)
    return f"'sha256-{base64.b64encode(hashlib.sha256(''.join(styles).encode()).digest()).decode()}'"


def decrypt_for_distributions(place: Place) -> Statement:
    """Let CloudFront read the page under its key. The key exists before any distribution, so it can't name one."""
    return Statement(
        sid="DistributionsOfThisAccount",
        actions=("kms:Decrypt",),
        resources=("*",),
        principals={"Service": ("cloudfront.amazonaws.com",)},
        conditions=(("ArnLike", "aws:SourceArn", (place.arn("cloudfront", "distribution/*", region=""),)),),
    )


class Fallback(Construct):
    """A bucket with the page and nothing else, and the signature that CloudFront reads it with.

    With `parked` the page says that the site is closed on purpose.
    The page has the name of the default root object: a visitor of `/` gets it, every other path ends in 403.
    `admit` opens the bucket to the distribution, which is built after it. `access_logs_bucket` records who reads it;
    S3 takes one of the same region only.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        bucket_name: str,
        place: Place,
        kms_key_arn: str,
        protected: bool,
        parked: bool = False,
        access_logs_bucket: str | None = None,
    ) -> None:
        super().__init__(scope, id_)
        self._bucket = Bucket(
            self,
            "bucket",
            name=bucket_name,
            place=place,
            kms_key_arn=kms_key_arn,
            access_logs_bucket=access_logs_bucket,
            protected=protected,
            statements=None,
        )
        self._page(parked_page() if parked else _HTML)
        access = self._signature(name)
        self.origin = FallbackOrigin(self._bucket.bucket.bucket_regional_domain_name, access.id)

    def _page(self, html: str) -> None:
        S3Object(
            self,
            "page",
            bucket=self._bucket.name,
            key=PAGE,
            content=html,
            content_type="text/html; charset=utf-8",
            # A copy in a browser or a cache would outlive the failure.
            cache_control="no-store",
            depends_on=list(self._bucket.before_objects),
        )

    def _signature(self, name: str) -> CloudfrontOriginAccessControl:
        return CloudfrontOriginAccessControl(
            self,
            "access",
            name=name,
            description="CloudFront signs what it asks the bucket for",
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
        )

    def admit(self, distribution_arn: str) -> None:
        """Let one distribution read the page."""
        self._bucket.attach_policy(
            Statement(
                sid="ThisDistribution",
                actions=("s3:GetObject",),
                resources=(f"{self._bucket.named_arn}/{PAGE}",),
                principals={"Service": ("cloudfront.amazonaws.com",)},
                conditions=(("StringEquals", "aws:SourceArn", (distribution_arn,)),),
            )
        )
