"""The table of the slowest tests, from more than one run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.times import VARIABLE, by_file, read_times, register_times, slowest_table

pytest_plugins = ["pytester"]


def test_the_slowest_comes_first_and_phases_are_added_up(pytester: pytest.Pytester, tmp_path: Path) -> None:
    file = tmp_path / "times.tsv"
    pytester.makeconftest(
        f"from pathlib import Path\nfrom tests.support.times import TimesPlugin\n"
        f"def pytest_configure(config):\n    config.pluginmanager.register(TimesPlugin(Path({str(file)!r})))\n"
    )
    pytester.makepyfile(test_a="import time\ndef test_long(): time.sleep(0.1)\ndef test_short(): pass")
    for _ in range(2):
        pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)
    times = read_times(file.read_text().splitlines())
    assert [name for _, name in times] == ["test_a.py::test_long"] * 2 + ["test_a.py::test_short"] * 2
    assert times[0][0] >= 0.1


def test_only_ten_are_shown_with_their_share() -> None:
    table = slowest_table([(float(20 - number), f"test_{number}") for number in range(12)])
    assert table.startswith("The 10 slowest of 12 tests")
    assert "| 20 | 11% | `test_0` |" in table
    assert "test_10" not in table


def test_a_file_takes_as_long_as_its_tests() -> None:
    times = [(3.0, "test_b.py::test_one"), (2.0, "test_a.py::test_one"), (2.0, "test_a.py::test_two[x::y]")]
    assert by_file(times) == [(4.0, "test_a.py"), (3.0, "test_b.py")]
    assert "| 4 | 57% | `test_a.py` |" in slowest_table(by_file(times), "file")


def test_no_test_is_an_empty_table() -> None:
    assert slowest_table([]).startswith("The 0 slowest of 0 tests")


def test_without_the_variable_nothing_is_measured(monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    before = pytestconfig.pluginmanager.get_plugins()
    register_times(pytestconfig)
    assert pytestconfig.pluginmanager.get_plugins() == before
