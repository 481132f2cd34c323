"""What `apply` says it did: the layers that changed, not all that it looked at."""

from __future__ import annotations

import pytest

from pipeline.bundle.apply import Applied
from pipeline.commands.apply import _told
from terraform_json.plan import Counts

ONE, TWO, NONE = Counts(change=1), Counts(add=2), Counts()


@pytest.mark.parametrize(
    ("done", "told"),
    [
        ({"edge": ONE, "service": NONE, "llm": NONE}, "1 change in edge"),
        ({"edge": ONE, "service": TWO}, "3 changes in edge, service"),
        ({"edge": NONE}, "0 changes: everything is as the bundle says"),
    ],
)
def test_only_layers_with_a_change_are_named(done: dict[str, Counts], told: str) -> None:
    assert _told(Applied("id", done, ())) == told
