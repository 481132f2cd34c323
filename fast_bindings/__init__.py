"""Load only the parts of the AWS bindings that an app uses; see README.md for how, and why it is safe.

``install()`` goes before the first import of cdktf. Nothing else in the project touches API that isn't public.
"""

from __future__ import annotations

from fast_bindings.install import State, install

__all__ = ["State", "install"]
