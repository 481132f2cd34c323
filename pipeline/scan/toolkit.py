"""Checkov's registries, imported late and once: the import takes a second, so `preload` overlaps it with synthesis."""

from __future__ import annotations

import gc
import importlib.util
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.scan.grammar import cache_parser_tables
from pipeline.work import repo_root

_lock = threading.Lock()

# Variables that change what checkov checks, or make it call its vendor's service: the verdict must not depend on them.
_VARIABLES = ("BC_", "CHECKOV_", "CKV_", "PRISMA_", "CHECK_FAIL_LEVEL", "EVALUATE_VARIABLES", "LOG_LEVEL")


@dataclass(frozen=True)
class Toolkit:
    """Registries with checkov's and our own checks; `problems` lists what failed to load."""

    resource: Any
    data: Any
    provider: Any
    graph: Any
    problems: tuple[str, ...]

    @property
    def known_checks(self) -> frozenset[str]:
        """Ids of all loaded checks."""
        attribute = {
            check.id for registry in (self.resource, self.data, self.provider) for _, check in registry.all_checks()
        }
        return frozenset(attribute | {check.id for check in self.graph.checks})


def preload() -> None:
    """Start importing checkov in the background; the scan waits for it."""
    threading.Thread(target=toolkit, name="checkov-import", daemon=True).start()


def toolkit() -> Toolkit:
    """The loaded registries. Safe to call from several threads."""
    with _lock:
        return _load()


@cache
def _load() -> Toolkit:
    # The imported objects are many and stay: garbage collection among them takes a third of the import, and would
    # take as much of the scan.
    gc.disable()
    try:
        return _imported()
    finally:
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        gc.enable()


def _imported() -> Toolkit:
    for name in [name for name in os.environ if name.startswith(_VARIABLES)]:
        del os.environ[name]
    with captured_errors(logging.WARNING) as errors:
        import checkov.terraform.checks.data
        import checkov.terraform.checks.provider
        import checkov.terraform.checks.resource  # noqa: F401
        from checkov.common.checks_infra.registry import get_graph_checks_registry
        from checkov.common.parallelizer.parallel_runner import ParallelizationType, parallel_runner
        from checkov.secrets.runner import Runner  # noqa: F401  # the same
        from checkov.terraform.checks.data.registry import data_registry
        from checkov.terraform.checks.provider.registry import provider_registry
        from checkov.terraform.checks.resource.registry import resource_registry
        from checkov.terraform.graph_manager import TerraformGraphManager  # noqa: F401  # slow to import, so import it early

        # Secrets are scanned in one file: starting a process for it would take longer than scanning it.
        parallel_runner.type = ParallelizationType.NONE
        cache_parser_tables()
        graph = get_graph_checks_registry("terraform")
        graph.load_checks()
        folder = repo_root() / "policies" / "checks"
        problems = list(_load_own(folder))
        graph.load_external_checks(str(folder))
    return Toolkit(resource_registry, data_registry, provider_registry, graph, (*problems, *errors))


def _load_own(folder: Path) -> Iterator[str]:
    """Import every rule of policies/checks by path; yield a problem for each that can't be imported."""
    for path in sorted(folder.glob("[!_]*.py")):
        spec = importlib.util.spec_from_file_location(f"policies.checks.{path.stem}", path)
        if spec is None or spec.loader is None:
            yield f"policies/checks/{path.name} can't be loaded"
            continue
        try:
            spec.loader.exec_module(importlib.util.module_from_spec(spec))
        except Exception as error:
            yield f"policies/checks/{path.name} can't be loaded: {error!r}"


@contextmanager
def captured_errors(level: int = logging.ERROR) -> Iterator[list[str]]:
    """Collect what checkov logs at `level` or above: it logs many failures and continues as if there were none."""
    messages: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.name != "py.warnings":  # deprecations are no failures
                messages.append(f"checkov: {record.getMessage()}")

    handler = Collector(level)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(max(before, logging.WARNING))
    try:
        yield messages
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
