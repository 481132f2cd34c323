"""What each setting moves is what was reviewed, and has a reason where it is more than one thing."""

from __future__ import annotations

import pytest

from tests.stacks.test_policies_by_name import MADE_BY_AWS
from tests.support.changed_settings import changed_settings
from tests.support.every_setting import UNBUILT, settings
from tests.tools.moves.reviewing import entry, moved, read_reviewed

REVIEWED = read_reviewed()
# Synthesised in every run; all of them take three minutes.
SAMPLED = ("edge.price_class", "ingestion.max_pages", "logs.retention_days", "service.cpu")


def test_every_setting_is_in_the_table() -> None:
    assert REVIEWED.keys() == {each.key for each in changed_settings()}
    assert REVIEWED.keys() == {".".join(location) for location, _ in settings()} - UNBUILT


def test_whatever_moves_more_than_one_thing_has_a_reason() -> None:
    without = {key for key, reviewed in REVIEWED.items() if reviewed.needs_reason and len(reviewed.reason) < 10}
    assert without == set()
    assert {key for key, reviewed in REVIEWED.items() if reviewed.reason and not reviewed.needs_reason} == set()


def test_one_changed_retention_hides_no_policy() -> None:
    assert REVIEWED["logs.retention_days"].types == {"aws_cloudwatch_log_group"}
    assert REVIEWED["logs.retention_days"].hidden == set()


def check(keys: tuple[str, ...]) -> None:
    chosen = [each for each in changed_settings() if each.key in keys]
    assert len(chosen) == len(keys)
    for key, moves in moved(chosen).items():
        assert entry(moves, REVIEWED[key].reason) == REVIEWED[key], key
        # What hides a policy is an attribute that AWS makes up, of a type on the list of such attributes.
        types = {each.partition("/")[2].partition(".")[0] for read in moves.unread.values() for each in read}
        assert types <= {each.partition(".")[0] for each in MADE_BY_AWS}


def test_sampled_settings_move_what_was_reviewed() -> None:
    check(SAMPLED)


@pytest.mark.slow
def test_every_setting_moves_what_was_reviewed() -> None:
    check(tuple(REVIEWED))
