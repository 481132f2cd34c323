"""Cache the grammar tables of checkov's JSONPath parser.

Checkov rebuilds them for each of the twenty and more paths that a scan uses, which takes a third of the scan's time.
"""

from __future__ import annotations

from copy import copy
from functools import wraps
from typing import Any


def cache_parser_tables() -> None:
    """Keep the grammar tables for the life of this process. A second call changes nothing."""
    from bc_jsonpath_ng.parser import JsonPathParser
    from ply import yacc

    stock = yacc.yacc
    if hasattr(stock, "__wrapped__"):
        return
    known: dict[tuple[type, object], Any] = {}

    @wraps(stock)
    def remembering(*arguments: Any, module: Any = None, **options: Any) -> Any:
        if not isinstance(module, JsonPathParser):
            return stock(*arguments, module=module, **options)
        grammar = type(module), options.get("start")
        if grammar not in known:
            known[grammar] = stock(*arguments, module=module, **options)
        # A parser keeps its position, and checkov parses in several threads.
        return copy(known[grammar])

    yacc.yacc = remembering
