"""Connections to targets: `target_cases.py` runs real servers in the emulators' Python, results are judged here."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from local_aws.emulators import emulators_python

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[3]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    python = str(emulators_python())
    certificate = tmp_path_factory.mktemp("targets") / "target.pem"
    subprocess.run([python, "-P", str(REPOSITORY / "local_aws/certificate.py"), str(certificate)], check=True)
    ran = subprocess.run(
        [python, str(HERE / "target_cases.py"), str(certificate)], capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    result: dict[str, Any] = json.loads(ran.stdout)
    return result


def test_a_connection_is_kept_and_the_path_stays_as_it_is(found: dict[str, Any]) -> None:
    assert found["keeps_alive"] == [[[200, "ok"]] * 3, 1, "GET /a%2Fb?c=%20d HTTP/1.1"]


def test_a_target_may_close_the_connection(found: dict[str, Any]) -> None:
    assert found["connection_close"] == [[[200, "until the end"]] * 2, 2]
    assert found["closed_while_unused"] == [[200, "ok"], [200, "ok"], 2]


def test_connections_to_a_target_that_ended_are_not_kept(found: dict[str, Any]) -> None:
    assert found["ended_target"] == 1


def test_bodies_go_with_their_length_or_in_chunks(found: dict[str, Any]) -> None:
    assert found["posts"] == ["abc", "3\r\nabc\r\n0\r\n\r\n"]


def test_parts_arrive_as_they_are_sent_and_keep_the_idle_timeout_away(found: dict[str, Any]) -> None:
    assert found["streams"] == [3, True, True]


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        ("reset", "cut"),
        ("garbage", "cut"),
        ("silent", "timeout"),
        ("short", "cut"),
        ("stuck", "timeout"),
        ("closed", "refused"),
        ("no TLS", "cut"),
    ],
)
def test_a_failure_has_its_kind_and_is_not_tried_again(found: dict[str, Any], behaviour: str, kind: str) -> None:
    assert found["failures"][behaviour][0] == kind
    assert found["failures"][behaviour][1] <= 1


def test_hanging_up_ends_the_connection_to_the_target(found: dict[str, Any]) -> None:
    assert found["hangs_up"] == 1


def test_the_end_of_a_drain_cuts_a_connection_and_nothing_else(found: dict[str, Any]) -> None:
    assert found["drained"] == ["abc", "cut", 0, 0]


def test_two_hundred_streams_at_once_and_again_over_the_same_connections(found: dict[str, Any]) -> None:
    assert found["many"] == [200, True]
