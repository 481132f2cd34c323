"""Turns at the folder where Terraform keeps providers for all its working directories.

Terraform writes into it without a lock: several inits of a cold cache end in "text file busy" or a wrong checksum
(hashicorp/terraform#31964). So the first one fills it alone, also among commands that run at once; those after it only
read, and do so side by side.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pipeline.terraform.process import stopping

# In the cache, beside the folders of registries: the lock, and what the cache held when it was last filled.
LOCK = ".sitechat-lock"
FILLED = ".sitechat-filled"
# Interval at which a turn is asked for again; an interrupt is noticed then.
LOOK_SECONDS = 0.1
_SETTING = re.compile(r'^\s*plugin_cache_dir\s*=\s*"([^"]+)"', re.MULTILINE)
# registry/namespace/name/version/platform/executable (Terraform's CLI configuration, provider plugin cache).
_EXECUTABLES = "*/*/*/*/*/terraform-provider-*"


def plugin_cache(variables: Mapping[str, str]) -> Path | None:
    """The cache of Terraform with these variables: TF_PLUGIN_CACHE_DIR, else what its CLI configuration names."""
    named = variables.get("TF_PLUGIN_CACHE_DIR", "")
    config = Path(variables.get("TF_CLI_CONFIG_FILE", ""))
    if not named and config.is_file():
        found = _SETTING.search(config.read_text(encoding="utf-8"))
        named = _expanded(found[1], variables) if found else ""
    return Path(named) if named and Path(named).is_dir() else None


def _expanded(text: str, variables: Mapping[str, str]) -> str:
    """Text with $NAME and ${NAME} replaced as Terraform does in this setting."""
    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda found: variables.get(found[1] or found[2], ""), text)


@contextmanager
def turn(cache: Path | None, locked_providers: bytes, report: Callable[[str], None]) -> Iterator[None]:
    """Hold the cache for one init: alone while it lacks one of `locked_providers` (a lock file), else with others.

    Without a cache, or one that can't be written, nobody fills anything and there is nothing to wait for.
    """
    try:
        lock = None if cache is None else os.open(cache / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        lock = None
    if cache is None or lock is None:
        yield
        return
    try:
        alone = not _filled(cache, locked_providers)
        _wait_for(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH, report)
        if alone and _filled(cache, locked_providers):  # by the one that was waited for
            alone = False
            _wait_for(lock, fcntl.LOCK_SH, report)
        yield
        if alone:
            (cache / FILLED).write_text(_held(cache, locked_providers), encoding="ascii")
    finally:
        os.close(lock)  # gives the turn back


def _wait_for(lock: int, kind: int, report: Callable[[str], None]) -> None:
    """Take the lock. An interrupt ends the wait without it: no child is started any more then."""
    said = False
    while not stopping():
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if not said:
                report("waiting for another `terraform init`, which fills the provider cache")
                said = True
            time.sleep(LOOK_SECONDS)
        else:
            return


def _filled(cache: Path, locked_providers: bytes) -> bool:
    """Whether an init with these locked providers has ended well, and nothing was changed in the cache since."""
    try:
        return (cache / FILLED).read_text(encoding="ascii") == _held(cache, locked_providers)
    except (OSError, UnicodeDecodeError):
        return False


def _held(cache: Path, locked_providers: bytes) -> str:
    """Hash of the locked providers, and of size and time of every executable in the cache."""
    held = hashlib.sha256(locked_providers)
    for path in sorted(cache.glob(_EXECUTABLES)):
        found = path.stat()
        held.update(f"\n{path.relative_to(cache)} {found.st_size} {found.st_mtime_ns}".encode())
    return held.hexdigest()
