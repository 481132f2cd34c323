"""What a user decides: typed, checked at load, free of cdktf."""

from __future__ import annotations

from config.environment import Environment
from config.loader import load, parse
from config.names import Names, StateBackend
from config.problems import ConfigError, Problem

__all__ = ["ConfigError", "Environment", "Names", "Problem", "StateBackend", "load", "parse"]
