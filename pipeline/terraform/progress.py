"""Condense Terraform's output to one line of progress: the number of resources done, and the present one."""

from __future__ import annotations

import re
from collections.abc import Callable

_DONE = re.compile(r"^(\S+): (Creation|Modifications|Destruction) complete after")
_BUSY = re.compile(r"^(\S+): (?:Still )?(creating|modifying|destroying|reading|Creating|Modifying|Destroying)")
_REFRESH = re.compile(r"^(\S+): (?:Refreshing state|Reading|Read complete)")


class Progress:
    """A callback for lines of output that passes the progress to `report`. `total` is the number of planned changes."""

    def __init__(self, report: Callable[[str], None], total: int = 0) -> None:
        self._report = report
        self._total = total
        self.done = 0

    def __call__(self, line: str) -> None:
        """Take one line of Terraform's output."""
        if _DONE.match(line):
            self.done += 1
        for pattern in (_DONE, _BUSY, _REFRESH):
            match = pattern.match(line)
            if match:
                self._report(f"{self._counter()}{match.group(1)}")
                return

    def _counter(self) -> str:
        return f"{self.done}/{self._total} " if self._total else ""
