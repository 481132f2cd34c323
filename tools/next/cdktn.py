"""Run a module of this project, unchanged, on CDK Terrain: `python -m tools.next.cdktn MODULE ARGUMENT...`.

CDK Terrain is what became of CDKTF. Its packages have the same modules under other names, so that an import of the old
name is answered with the new one; no other code of this project knows that name.
"""

from __future__ import annotations

import importlib
import runpy
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

NAMES = {"cdktf": "cdktn", "cdktf_cdktf_provider_aws": "cdktn_provider_aws"}


class OtherName(MetaPathFinder, Loader):
    """Finds modules of CDKTF, and loads those of CDK Terrain in their place."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Answer for the two packages and what is in them; None for all others."""
        return ModuleSpec(fullname, self) if fullname.partition(".")[0] in NAMES else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module of the other name: there is one of each, whichever name it was imported by."""
        package, dot, rest = spec.name.partition(".")
        return importlib.import_module(f"{NAMES[package]}{dot}{rest}")

    def exec_module(self, module: ModuleType) -> None:
        """It has been executed under its own name."""


if __name__ == "__main__":
    sys.meta_path.insert(0, OtherName())
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
