"""Images by the names of the emulated registry: folders that `sitechat image push` has left."""

from __future__ import annotations

from pathlib import Path

from local_aws.images import StoredImage, find_image
from local_aws.traffic.tasks.api import EngineError
from local_aws.traffic.tasks.deployed import DeployedTasks
from local_aws.traffic.tasks.throttle import Throttle


class PushedImages:
    """Images in `folder`, found by what the emulated registry says of their names."""

    def __init__(self, folder: Path, deployed: DeployedTasks, throttle: Throttle) -> None:
        self._folder, self._deployed, self._throttle = folder, deployed, throttle

    async def find(self, name: str) -> StoredImage:
        """An image by its name with tag or digest, or by its digest. Raises EngineError (404) if it wasn't pushed."""
        digest = name if name.startswith("sha256:") else await self._deployed.digest(name)
        found = find_image(self._folder, digest) if digest else None
        if found is None:
            reason = "its files aren't here, push it again" if digest else "not found"
            raise EngineError(404, f"failed to resolve ref {name}: {name}: {reason}")
        return found

    async def pull(self, name: str) -> StoredImage:
        """An image as `find` finds it. The more often it wasn't there, the longer this waits before it looks."""
        await self._throttle.hold_back(name)
        try:
            found = await self.find(name)
        except EngineError:
            self._throttle.failed(name)
            raise
        self._throttle.ready(name)
        return found
