"""Images of the emulated AWS: folders that stand for container images, built without Docker.

`pack` makes one of a build context, `find_image` finds it by digest. Needs only the standard library.
"""

from __future__ import annotations

from local_aws.images.dockerfile import ImageSettings, PackingError
from local_aws.images.requirements import missing_requirements
from local_aws.images.store import StoredImage, find_image, pack

__all__ = ["ImageSettings", "PackingError", "StoredImage", "find_image", "missing_requirements", "pack"]
