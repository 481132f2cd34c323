"""The environment's file, read once: a synthesis gets a copy of what was judged, whatever becomes of the file."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ExitCode, SitechatError
from pipeline.synth.cache import environment_file
from pipeline.work import write_private

if TYPE_CHECKING:
    from config import Environment

# What `config` reads at most, and one byte to tell that there is more.
MAX_BYTES = 100_001


class SettingsCopy:
    """A private copy of an environment's file, under the same name, which is the environment's name.

    `content` is None where there is no plain file: then nobody can synthesise it, and `config` says why.
    """

    def __init__(self, env_ref: str, folder: Path) -> None:
        self._source = environment_file(env_ref)
        self.path = folder / self._source.name
        self.content = _read_plain(self._source)
        if self.content is not None:
            write_private(self.path, self.content)

    def check(self, judged: Environment | None) -> None:
        """Raise SitechatError (5) unless the copy says what `judged` says, the environment as this process read it."""
        if self.content is None or (judged is not None and not self._says(judged)):
            raise SitechatError(
                f"{self._source} changed while it was read",
                hint="Nothing was written: run this command again.",
                code=ExitCode.REFUSED,
            )

    def _says(self, judged: Environment) -> bool:
        from config import ConfigError, load

        try:
            return load(self.path) == judged
        except ConfigError:
            return False


def _read_plain(path: Path) -> bytes | None:
    """Content of a plain file; None for what is missing, and for a pipe or device, which might never end."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            plain = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            return file.read(MAX_BYTES) if plain else None
    except (OSError, ValueError):
        return None
