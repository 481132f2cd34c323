"""Synthesise the backend and the roles for CI of the environment that SITECHAT_ENV names.

`sitechat bootstrap` runs this.
"""

from __future__ import annotations

import os
import sys

import fast_bindings

fast_bindings.install()

from cdktf import App  # after the bindings are made lazy

from backend import ci
from backend.stack import LAYER, BackendStack
from config import ConfigError, load


def main() -> None:
    """Load, build, synthesise."""
    try:
        env = load(os.environ.get("SITECHAT_ENV", "dev"))
    except ConfigError as error:
        sys.exit(str(error))
    app = App()
    backend = BackendStack(app, LAYER, env)
    ci.CiStack(app, ci.LAYER, env).add_dependency(backend)
    app.synth()


if __name__ == "__main__":
    main()
