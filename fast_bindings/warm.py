"""``python -m fast_bindings.warm``: builds package cache and ``.pyc`` files at set-up, not in the first synth."""

from __future__ import annotations

import compileall
import sys
import time
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path

from fast_bindings import cache
from fast_bindings.names import PROVIDER
from fast_bindings.versions import mismatch

# Packages whose missing ``.pyc`` files cost seconds; the provider alone has 2,135 modules.
COMPILED = ("typeguard", "attr", "cattr", "cattrs", "jsii", "constructs", "cdktf", "checkov", PROVIDER)


def main() -> int:
    """Build the package cache and the missing ``.pyc`` files. Exit code 0, or 3 when the cache couldn't be built."""
    problem = mismatch()
    if problem is not None:
        print(f"warm: {problem}; nothing to prepare, the stock behaviour will be used")
        return 0
    if not cache.enabled():
        print(f"warm: {cache.CACHE_VARIABLE} switches jsii's package cache off; every synth unpacks about 400 MB again")
    elif cache.ready():
        print(f"warm: package cache in {cache.root()} is ready")
    else:
        try:
            cache.build()
        except cache.WarmError as error:
            print(f"warm: {error}", file=sys.stderr)
            return 3
    _compile()
    return 0


def _compile() -> None:
    """Compile the modules that have no ``.pyc`` file. PYTHONDONTWRITEBYTECODE binds only imports, not this."""
    started = time.monotonic()
    folders = list(_folders())
    done = True
    for number, folder in enumerate(folders, 1):
        print(f"warm: .pyc files {number}/{len(folders)}: {folder.name}", flush=True)
        done = bool(compileall.compile_dir(folder, quiet=2, workers=0)) and done
    note = "" if done else "; some couldn't be written, so importing them stays slower"
    print(f"warm: .pyc files ready after {time.monotonic() - started:.1f} s{note}")


def _folders() -> Iterator[Path]:
    for name in COMPILED:
        spec = PathFinder.find_spec(name)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            yield Path(folder)


if __name__ == "__main__":
    sys.exit(main())
