"""Fast bindings before any test imports cdktf; nothing heavy here, so that config and pipeline suites stay light."""

from __future__ import annotations

import fast_bindings

fast_bindings.install()
