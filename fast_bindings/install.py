"""Switch lazy loading on, or say why the stock behaviour stays."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import typing
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, wraps
from importlib import metadata
from typing import Any

from fast_bindings.names import CDKTF, CHECKED, HOOK, JSII, PROVIDER, SWITCH


@dataclass(frozen=True)
class State:
    """Whether the lazy loading is on, and the reason in words a user can act on."""

    active: bool
    reason: str


_state: State | None = None


def install() -> State:
    """Make cdktf and the AWS bindings load lazily in this process. A second call returns the first answer.

    Call it before anything imports cdktf. Costs a few milliseconds and imports neither cdktf nor jsii. Falls back to
    the stock behaviour, with one notice on stderr, when the installed releases aren't known to work.
    """
    global _state
    if _state is None:
        _state = _install()
    return _state


def _install() -> State:
    if os.environ.get(SWITCH) == "0":
        return State(False, f"switched off by {SWITCH}=0")
    problem = _problem()
    if problem is not None:
        sys.stderr.write(f"fast_bindings: {problem}; synth works, but is slower. {SWITCH}=0 hides this notice.\n")
        return State(False, problem)
    from fast_bindings.cache import repair
    from fast_bindings.lazy import BindingsFinder

    sys.meta_path.insert(0, BindingsFinder(prepare=repair))
    _spare_work()
    return State(True, "only the bindings that are used are loaded")


def _spare_work() -> None:
    """Avoid four kinds of repeated work by the bindings. Public API only, and no result changes."""
    # Each generated module parses the metadata of typeguard to learn its version, which is the same every time.
    vars(metadata)["version"] = lru_cache(metadata.version)
    # Each constructor asks for the types of the same function at each call, to check its arguments by them.
    vars(typing)["get_type_hints"] = _remembering(typing.get_type_hints)
    # Importing makes many objects and hardly any garbage; the default looks for some every 700 objects.
    gc.set_threshold(50_000, 20, 100)
    # The last collection walks every object the bindings made. Registered before jsii's own handler, so it runs after
    # Node has been stopped.
    atexit.register(gc.freeze)


def _remembering(stock: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """`stock` with a memory: types of functions that jsii generated for checking are worked out once."""
    known: dict[Any, dict[str, Any]] = {}

    @wraps(stock)
    def get_type_hints(obj: Any, *arguments: Any, **more: Any) -> dict[str, Any]:
        if arguments or more or not getattr(obj, "__name__", "").startswith(CHECKED):
            return stock(obj, *arguments, **more)
        if obj not in known:
            known[obj] = stock(obj)
        return known[obj]

    return get_type_hints


def _problem() -> str | None:
    """The reason why lazy loading can't be switched on, or None."""
    for name in (PROVIDER, CDKTF, JSII):
        if name in sys.modules:
            return f"{name} was imported before fast_bindings.install()"
    if not HOOK.is_file():
        return f"{HOOK.name} is missing beside the package"
    from fast_bindings.versions import mismatch

    return mismatch()
