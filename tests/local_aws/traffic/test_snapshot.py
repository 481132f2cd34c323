"""A reading is given out while it is young, read anew behind it, and waited for once it is old."""

from __future__ import annotations

import asyncio

import pytest

from local_aws.traffic import snapshot
from local_aws.traffic.snapshot import Pace, Snapshot


class Readings:
    """Counts readings; one may be held up or fail."""

    def __init__(self) -> None:
        self.count = 0
        self.go = asyncio.Event()
        self.go.set()
        self.error: Exception | None = None

    async def read(self) -> int:
        await self.go.wait()
        if self.error:
            raise self.error
        self.count += 1
        return self.count


def test_a_young_reading_is_given_out_and_an_older_one_too_while_it_is_read_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def run() -> None:
        readings = Readings()
        held = Snapshot(readings.read)
        assert [await held.get(), await held.get()] == [1, 1]
        monkeypatch.setattr(snapshot, "REFRESH_SECONDS", 0.0)
        assert await held.get() == 1
        await asyncio.sleep(0.01)
        monkeypatch.undo()
        assert await held.get() == 2

    asyncio.run(run())


def test_an_old_reading_is_not_believed_and_read_once_for_all() -> None:
    async def run() -> None:
        readings = Readings()
        held = Snapshot(readings.read)
        await held.get()
        assert set(await asyncio.gather(*(held.get(younger_than=0) for _ in range(5)))) == {2}

    asyncio.run(run())


def test_a_reading_that_fails_once_is_not_told() -> None:
    async def run() -> None:
        readings = Readings()
        readings.error = ConnectionError("gone")
        reading = asyncio.ensure_future(Snapshot(readings.read).get())
        await asyncio.sleep(0.05)
        readings.error = None
        assert await reading == 1

    asyncio.run(run())


def test_a_failed_reading_is_told_and_tried_again() -> None:
    async def run() -> None:
        readings = Readings()
        readings.error = ConnectionError("gone")
        held = Snapshot(readings.read)
        with pytest.raises(ConnectionError):
            await held.get()
        readings.error = None
        await asyncio.sleep(0)
        assert await held.get() == 1

    asyncio.run(run())


def test_without_requests_a_reading_is_renewed_less_often_and_still_before_one_has_to_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pace = Pace()
    assert pace.refresh_after == snapshot.REFRESH_SECONDS
    monkeypatch.setattr(snapshot, "IDLE_SECONDS", -1.0)
    assert snapshot.REFRESH_SECONDS < pace.refresh_after < snapshot.BELIEVED_SECONDS
    monkeypatch.undo()
    pace.asked()
    assert pace.refresh_after == snapshot.REFRESH_SECONDS


def test_a_value_is_read_again_only_when_something_changed() -> None:
    async def run() -> None:
        readings, counts = Readings(), [1, 1, 2, None, None]

        async def changes() -> int | None:
            return counts.pop(0)

        held = Snapshot(readings.read, changes)
        found = [await held.get(younger_than=0) for _ in range(5)]
        assert found == [1, 1, 2, 3, 4]
        assert held.age < snapshot.BELIEVED_SECONDS

    asyncio.run(run())


def test_a_change_during_a_reading_is_read_the_next_time() -> None:
    async def run() -> None:
        readings, count = Readings(), 1

        async def changes() -> int:
            return count

        readings.go.clear()
        held = Snapshot(readings.read, changes)
        first = asyncio.create_task(held.get())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        count = 2
        readings.go.set()
        assert await first == 1
        assert await held.get(younger_than=0) == 2

    asyncio.run(run())
