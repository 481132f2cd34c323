"""The container registry of the application."""

from __future__ import annotations

import json

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.ecr_lifecycle_policy import EcrLifecyclePolicy
from cdktf_cdktf_provider_aws.ecr_repository import (
    EcrRepository,
    EcrRepositoryEncryptionConfiguration,
    EcrRepositoryImageScanningConfiguration,
)
from constructs import Construct

# Beginning of the tags that releases give their image (pipeline/operations/releases/kept_images.py).
RELEASED = "release-"
# And of lists of packages, which are images of their own to ECR (pipeline/operations/sbom.py).
SBOM = "sbom-"


class ImageRepository(Construct):
    """A private repository with immutable tags, scanned on push, that keeps the newest `keep_images` images.

    Released images, which have a tag `release-ID`, stay whatever is pushed after them: a task that runs has to find its
    image when it is replaced. Of them the `keep_releases` last pushed are kept: AWS counts by push, whenever one was
    released. What ECR counts as an image beside them, a list of packages, has a rule too. Untagged images go
    after a day.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        kms_key_arn: str,
        keep_images: int = 10,
        keep_releases: int = 100,
        protected: bool = True,
    ) -> None:
        super().__init__(scope, id_)
        self.repository = EcrRepository(
            self,
            "repository",
            name=name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=EcrRepositoryImageScanningConfiguration(scan_on_push=True),
            encryption_configuration=[EcrRepositoryEncryptionConfiguration(encryption_type="KMS", kms_key=kms_key_arn)],
            force_delete=not protected,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
        )
        EcrLifecyclePolicy(self, "expiry", repository=self.repository.name, policy=_expiry(keep_images, keep_releases))
        self.url: str = self.repository.repository_url
        self.arn: str = self.repository.arn


def _expiry(keep_images: int, keep_releases: int) -> str:
    """Rules of the lifecycle, released images first.

    An image whose tags fit a rule can't be expired by a later one ("How lifecycle policies work", ECR guide).
    """
    released = {
        "rulePriority": 1,
        "description": f"All but the newest {keep_releases} releases",
        "selection": {
            "tagStatus": "tagged",
            "tagPrefixList": [RELEASED],
            "countType": "imageCountMoreThan",
            "countNumber": keep_releases,
        },
        "action": {"type": "expire"},
    }
    lists = {
        "rulePriority": 2,
        "description": f"All but the newest {keep_images + keep_releases} lists of packages",
        "selection": {
            "tagStatus": "tagged",
            "tagPrefixList": [SBOM],
            "countType": "imageCountMoreThan",
            "countNumber": keep_images + keep_releases,
        },
        "action": {"type": "expire"},
    }
    untagged = {
        "rulePriority": 3,
        "description": "Untagged images after a day",
        "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 1},
        "action": {"type": "expire"},
    }
    surplus = {
        "rulePriority": 4,
        "description": f"All but the newest {keep_images}",
        "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keep_images},
        "action": {"type": "expire"},
    }
    return json.dumps({"rules": [released, lists, untagged, surplus]})
