"""Lazy loading in Python: an import finder for two modules; all other imports stay as they are."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

from fast_bindings.kernel import patch
from fast_bindings.names import KERNEL_MODULE, PROVIDER


class BindingsFinder(MetaPathFinder):
    """Finds the provider package without its ``__init__``, and jsii's kernel module with the hook."""

    def __init__(self, *, prepare: Callable[[], None]) -> None:
        """``prepare`` runs once, right before the kernel starts."""
        self._prepare = prepare

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Answer for the provider package and the module that starts Node; None for all others."""
        if fullname not in (PROVIDER, KERNEL_MODULE):
            return None
        found = PathFinder.find_spec(fullname, path, target)
        if found is None or found.origin is None:
            return None
        if fullname == KERNEL_MODULE:
            found.loader = _KernelLoader(fullname, found.origin, prepare=self._prepare)
            return found
        bare = ModuleSpec(fullname, _BarePackageLoader(), origin=found.origin, is_package=True)
        bare.submodule_search_locations = found.submodule_search_locations
        return bare


class _BarePackageLoader(Loader):
    """Leaves out the stock ``__init__``, which imports all 2,135 submodules: each loads at its own first import."""

    def exec_module(self, module: ModuleType) -> None:
        """Keep ``import cdktf_cdktf_provider_aws as aws; aws.vpc`` working."""

        def submodule(name: str) -> ModuleType:
            try:
                return importlib.import_module(f"{PROVIDER}.{name}")
            except ModuleNotFoundError as error:
                if error.name != f"{PROVIDER}.{name}":
                    raise
                raise AttributeError(f"module {PROVIDER!r} has no attribute {name!r}") from None

        vars(module)["__getattr__"] = submodule


class _KernelLoader(SourceFileLoader):
    """Runs jsii's own file, then wraps three methods of the class that starts Node and talks to it."""

    def __init__(self, fullname: str, path: str, *, prepare: Callable[[], None]) -> None:
        super().__init__(fullname, path)
        self._prepare = prepare

    def exec_module(self, module: ModuleType) -> None:
        """Run jsii's file, then change the class in it."""
        super().exec_module(module)
        patch(module, self._prepare)
