"""The handover names damaged states, in a bucket and a table of the emulated AWS."""

from __future__ import annotations

from pipeline.commands import handover
from tests.pipeline.recovery.conftest import Stored
from tests.pipeline.recovery.conftest import state as state_file


def test_states_that_are_not_what_the_table_remembers_are_damaged(stored: Stored) -> None:
    stored.put(state_file(3))
    stored.put(state_file(4), "second")
    assert handover.damaged_states(stored.session) == []
    stored.put(state_file(5), digest=False)
    session, bucket = stored.session, stored.session.env.state_backend.bucket
    session.client("s3").delete_object(Bucket=bucket, Key=stored.key("second"))
    assert sorted(handover.damaged_states(session)) == [
        "the state of first isn't the one that the lock table remembers",
        "the state of second is gone",
    ]
