"""Configuration of an environment: typed, checked at load, free of cdktf. Start with `load`."""

from __future__ import annotations

from config.environment import Environment
from config.loader import load, load_with_cost, parse
from config.names import Names, StateBackend
from config.problems import ConfigError, Problem
from config.reading import environment_names

__all__ = [
    "ConfigError",
    "Environment",
    "Names",
    "Problem",
    "StateBackend",
    "environment_names",
    "load",
    "load_with_cost",
    "parse",
]
