"""jsii's package cache of the AWS bindings: finding, checking and building it.

jsii unpacks the bindings (about 400 MB) once per user and indexes them in a worker. The worker dies with a process
that ends within two seconds, as every lazily loaded synth does; without this module each run would load and try to
index the whole assembly again.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import PathFinder
from pathlib import Path

from fast_bindings.names import PROVIDER, PROVIDER_DISTRIBUTION, PROVIDER_NPM
from fast_bindings.versions import EXACT

ROOT_VARIABLE = "JSII_RUNTIME_PACKAGE_CACHE_ROOT"
CACHE_VARIABLE = "JSII_RUNTIME_PACKAGE_CACHE"
UNPACKED_MARKER = ".jsii-runtime-package-cache"
MANIFEST = ".jsii.runtime.v1.json"
BUILD_TIMEOUT_SECONDS = 300
LOOK_EVERY_SECONDS = 0.25


class WarmError(Exception):
    """The cache couldn't be built; the message says what to do."""


def enabled() -> bool:
    """Whether jsii's cache is on; the user can switch it off."""
    return os.environ.get(CACHE_VARIABLE, "enabled").lower() == "enabled"


def root() -> Path:
    """The cache folder jsii uses: the user's choice, else jsii's own default (it refuses one that others can write)."""
    chosen = os.environ.get(ROOT_VARIABLE)
    if chosen:
        return Path(chosen)
    home = os.path.expanduser("~")
    if not os.path.isabs(home):
        return Path(tempfile.gettempdir()) / f"aws-jsii-package-cache-{os.getuid()}"
    if sys.platform == "darwin":
        return Path(home, "Library", "Caches", "com.amazonaws.jsii", "package-cache")
    return Path(home, ".cache", "aws", "jsii", "package-cache")


def entries() -> list[Path]:
    """The unpacked copies of the known release, whole or not; one for each different wheel of it."""
    folder = root() / PROVIDER_NPM / EXACT[PROVIDER_DISTRIBUTION]
    return [path for path in folder.glob("*") if path.is_dir()]


def whole(entry: Path) -> bool:
    """Whether unpacking and indexing both were completed; sizes are compared, so a cut file is seen."""
    if not (entry / UNPACKED_MARKER).is_file() or not (entry / "lib" / "index.js").is_file():
        return False
    try:
        manifest = json.loads((entry / MANIFEST).read_bytes())
        offsets = manifest["layout"]["offsets"]
        index = (entry / manifest["index"]).read_bytes()
        definitions_size = (entry / manifest["defs"]).stat().st_size
        end = int(offsets["start"] + offsets["length"])
        return len(index) == end and int.from_bytes(index[end - 4 :], "little") == definitions_size
    except (OSError, ValueError, KeyError, TypeError):
        return False


def ready() -> bool:
    """Whether the cache needs no build. A few file system calls."""
    return not enabled() or any(whole(entry) for entry in entries())


def repair() -> None:
    """Build the cache if it is missing, saying so; after a failure, which is reported, the run goes on, only slower."""
    if ready():
        return
    try:
        build()
    except WarmError as error:
        sys.stderr.write(f"fast_bindings: {error}\n")


def build() -> None:
    """Unpack and index the bindings unless another process just did. Raises WarmError."""
    with _alone():
        if ready():
            return
        for entry in entries():
            # jsii looks only at the marker, and would take an unpacked copy that lost its files for whole.
            if not (entry / "lib" / "index.js").is_file():
                shutil.rmtree(entry, ignore_errors=True)
        started = time.monotonic()
        sys.stderr.write(f"fast_bindings: building the jsii package cache in {root()}, once, about 10 seconds\n")
        _build()
        sys.stderr.write(f"fast_bindings: package cache ready after {time.monotonic() - started:.0f} s\n")


def _build() -> None:
    command = [sys.executable, "-c", "from fast_bindings.cache import load_and_wait; load_and_wait()"]
    search = os.pathsep.join([str(Path(__file__).resolve().parents[1]), *filter(None, sys.path)])
    try:
        child = subprocess.run(
            command, env={**os.environ, "PYTHONPATH": search}, timeout=BUILD_TIMEOUT_SECONDS, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise WarmError(f"the jsii package cache wasn't ready after {BUILD_TIMEOUT_SECONDS} s") from None
    if child.returncode != 0 or not ready():
        raise WarmError(
            f"the jsii package cache couldn't be built (see above). {root()} and its parents have to be yours and not "
            f"writable by others; {ROOT_VARIABLE} names another folder"
        )


def load_and_wait() -> None:
    """Load the bindings lazily, and stay until jsii's worker has written the index. Runs in a process of its own."""
    from fast_bindings.lazy import BindingsFinder

    sys.meta_path.insert(0, BindingsFinder(prepare=lambda: None))
    __import__(f"{PROVIDER}._jsii")
    # An error of the load is raised by the next request; any request does.
    sys.modules["cdktf"].Token.is_unresolved("")
    sys.stderr.write("fast_bindings: unpacked; indexing\n")
    while not ready():
        time.sleep(LOOK_EVERY_SECONDS)


@contextmanager
def _alone() -> Iterator[None]:
    """One builder at a time. The lock is on the wheel's own tarball, so no lock file is left behind."""
    with _tarball().open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.stderr.write("fast_bindings: another process is building the jsii package cache; waiting for it\n")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _tarball() -> Path:
    spec = PathFinder.find_spec(PROVIDER)
    if spec is None or spec.origin is None:
        raise WarmError(f"{PROVIDER} isn't installed in {sys.prefix}")
    return Path(spec.origin).parent / "_jsii" / f"provider-aws@{EXACT[PROVIDER_DISTRIBUTION]}.jsii.tgz"
