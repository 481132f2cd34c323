"""The environment in which jsii's Node kernel starts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fast_bindings.names import HOOK

NODE_OPTIONS = "NODE_OPTIONS"
SILENCE = "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION"
SUPPORTED_NODE_PAST_END_OF_LIFE = "20"


@contextmanager
def kernel_environment() -> Iterator[None]:
    """Set the kernel's variables while it starts, and put back what was there."""
    wanted = {NODE_OPTIONS: node_options(os.environ.get(NODE_OPTIONS, "")), SILENCE: _silenced()}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def node_options(existing: str, hook: Path = HOOK) -> str:
    """NODE_OPTIONS with the hook added to the user's; quoted as Node reads it, for paths with spaces."""
    path = str(hook).replace("\\", "\\\\").replace('"', '\\"')
    return f'{existing} --require "{path}"'.lstrip()


def _silenced() -> str:
    """jsii's list of Node majors whose end-of-life box isn't printed; this project supports Node 20."""
    listed = [major for major in os.environ.get(SILENCE, "").split(",") if major]
    return ",".join(dict.fromkeys([*listed, SUPPORTED_NODE_PAST_END_OF_LIFE]))
