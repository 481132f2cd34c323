from __future__ import annotations

from typing import Any

import pytest

from tests.config.samples import problems

OWN_HUB = {"hub": "own", "recorder": "own"}


@pytest.mark.parametrize(
    ("security", "key"),
    [
        ({"hub": "own"}, "security.recorder"),
        ({"trail": "adopt", "cis_alarms": True}, "security.cis_alarms"),
        ({"trail": "off", "cis_alarms": True}, "security.cis_alarms"),
        ({"recorder_role": "adopt"}, "security.recorder_role"),
    ],
)
def test_refused(security: dict[str, Any], key: str) -> None:
    assert list(problems(security=security)) == [key]


@pytest.mark.parametrize(
    "security",
    [
        OWN_HUB,
        {"hub": "own", "recorder": "adopt"},
        {"hub": "adopt"},
        {"trail": "own", "cis_alarms": True},
        {"recorder": "own", "recorder_role": "adopt"},
    ],
)
def test_accepted(security: dict[str, Any]) -> None:
    assert problems(security=security) == {}
