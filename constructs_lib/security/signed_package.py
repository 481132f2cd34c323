"""A function's package on its way from this repository to Lambda: uploaded, signed."""

from __future__ import annotations

import base64

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.s3_object import S3Object
from cdktf_cdktf_provider_aws.signer_signing_job import (
    SignerSigningJob,
    SignerSigningJobDestination,
    SignerSigningJobDestinationS3,
    SignerSigningJobSource,
    SignerSigningJobSourceS3,
)
from constructs import Construct

from constructs_lib.security.code_signing import Signer


class SignedPackage(Construct):
    """The archive at `path` as an object of the bucket `signing` has, and a signed copy of it under `key`.

    A new `sha256_base64` makes a new version of the object and a new job, and that a new key, which updates the
    function: the signed archive has another hash than the uploaded one, so that only its key can tell. Jobs can't be
    deleted: one that is replaced stays in AWS, with the copy it made. After two years Signer forgets a job
    (StartSigningJob); a plan then shows a new one, which signs the same version again and updates the function.
    """

    def __init__(
        self, scope: Construct, id_: str, *, signing: Signer, name: str, path: str, sha256_base64: str
    ) -> None:
        super().__init__(scope, id_)
        self.bucket: str = signing.bucket_name
        self.signing_config_arn = signing.config_arn
        self.sha256_base64 = sha256_base64
        source = S3Object(
            self,
            "source",
            bucket=self.bucket,
            key=f"source/{name}.zip",
            source=path,
            # Under a customer key the ETag is no hash of the content.
            source_hash=sha256_base64,
            content_type="application/zip",
            # A job names a version; and both objects, ours and the one Signer writes, are encrypted as the bucket says.
            depends_on=list(signing.before_objects) or None,
        )
        job = SignerSigningJob(
            self,
            "job",
            profile_name=signing.profile_name,
            source=SignerSigningJobSource(
                s3=SignerSigningJobSourceS3(bucket=self.bucket, key=source.key, version=source.version_id)
            ),
            destination=SignerSigningJobDestination(
                # The hash makes the new job, also when an apply was cut off between the upload and the signing.
                s3=SignerSigningJobDestinationS3(bucket=self.bucket, prefix=f"signed/{name}-{_hex(sha256_base64)}-")
            ),
            # Only what Terraform uploads is signed: a version that somebody else has put there shows as drift.
            lifecycle=TerraformResourceLifecycle(ignore_changes=["source"]),
        )
        self.key: str = job.signed_object.get(0).s3.get(0).key


def _hex(sha256_base64: str) -> str:
    """The beginning of the hash, in characters that keys take as they are."""
    return base64.b64decode(sha256_base64).hex()[:16]
