"""What the settings of an environment promise: every layer, and every address in it."""

from __future__ import annotations

from policies.vouched.promises.all_layers import promises

__all__ = ["promises"]
