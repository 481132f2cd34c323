"""Damaged states are seen and restored in an emulated bucket and lock table, whatever was interrupted on the way."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pipeline.errors import ExitCode, SitechatError
from pipeline.recovery.locks import find_locks, held_lock, unlock
from pipeline.recovery.looked import Looked
from pipeline.recovery.restore import copy_named, restore
from pipeline.recovery.state_objects import StateStore, list_state_objects, md5_of
from pipeline.recovery.states import StatesSeen, look_at_states
from pipeline.recovery.stored_states import StateFinding
from tests.pipeline.recovery.conftest import Stored, state
from tests.support.environments import varied


def looked_at(stored: Stored) -> StatesSeen:
    looked = Looked()
    seen = look_at_states(stored.session, stored.synthesis, list_state_objects(stored.session), looked)
    assert looked.missing == []
    return seen


def only_finding(stored: Stored) -> StateFinding:
    (found,) = looked_at(stored).findings
    return found


def put_back(stored: Stored, name: str = "") -> dict[str, Any]:
    """Restore the chosen copy, or the one called `name`; what is stored then."""
    found = only_finding(stored)
    copy = copy_named(stored.session, found, name) if name else found.chosen
    assert copy is not None
    restore(stored.session, found, copy, stored.synthesis.layer("first").backend)
    content = stored.store.read(stored.key())
    assert content is not None
    assert stored.store.digest(stored.key()) == md5_of(content), "else Terraform refuses it"
    assert find_locks(stored.session) == ()
    assert looked_at(stored).findings == ()
    return dict(json.loads(content))


def test_states_that_are_right_are_read(stored: Stored) -> None:
    stored.put(state(1, "here"))
    stored.put(state(2, "here", "there"))
    seen = looked_at(stored)
    assert (seen.findings, seen.strays, seen.unclear) == ((), (), frozenset())
    assert [each["serial"] for each in seen.states.values()] == [2]


def test_a_truncated_object_is_replaced_by_the_version_of_the_digest(stored: Stored) -> None:
    stored.put(state(1, "here"))
    good = stored.put(state(2, "here", "there"))
    stored.put(state(2, "here", "there")[:100], digest=False)
    found = only_finding(stored)
    assert found.chosen is not None
    assert found.chosen.name == good
    versions = stored.store.versions(stored.key())[stored.key()]
    assert put_back(stored) == json.loads(state(2, "here", "there")), "byte for byte: it has the highest serial"
    assert len(stored.store.versions(stored.key())[stored.key()]) == len(versions) + 1, "nothing is deleted"


def test_a_deleted_object_comes_back(stored: Stored) -> None:
    stored.put(state(1, "here"))
    stored.session.client("s3").delete_object(Bucket=stored.store.bucket, Key=stored.key())
    assert looked_at(stored).states["first"]["serial"] == 1, "what is in it counts as known"
    assert put_back(stored)["serial"] == 1


def test_after_the_newest_version_was_deleted_a_person_chooses(stored: Stored) -> None:
    old = stored.put(state(1, "here"))
    new = stored.put(state(2, "here", "there"))
    stored.session.client("s3").delete_object(Bucket=stored.store.bucket, Key=stored.key(), VersionId=new)
    found = only_finding(stored)
    assert found.chosen is None
    assert looked_at(stored).unclear == {"first"}
    assert [each.name for each in found.candidates] == [old]
    assert put_back(stored, old)["serial"] == 1 + 1, "what was planned on the lost one can't be applied to this one"


def test_an_older_object_in_its_place_is_seen_though_the_digest_agrees(stored: Stored) -> None:
    stored.put(state(3, "here", "there"))
    newer = only_version(stored)
    older = stored.put(state(2, "here"))
    assert only_finding(stored).chosen is None
    assert put_back(stored, newer)["serial"] == 3
    stored.put(state(1))
    last = stored.store.versions(stored.key())[stored.key()][0].id
    assert last != older
    assert put_back(stored, last)["serial"] == 4, "what is stored is right: that is settled by a new version"


def only_version(stored: Stored) -> str:
    (entry,) = stored.store.versions(stored.key())[stored.key()]
    return entry.id


def test_an_altered_digest_is_mended_by_a_person_and_a_missing_one_by_itself(stored: Stored) -> None:
    version = stored.put(state(1, "here"))
    stored.put_row(f"{stored.key()}-md5", Digest="f" * 32)
    found = only_finding(stored)
    assert (found.chosen, [each.name for each in found.candidates]) == (None, [version])
    assert put_back(stored, version)["serial"] == 2
    stored.delete_row(f"{stored.key()}-md5")
    assert put_back(stored)["serial"] == 2


def test_what_was_not_stored_is_stored_and_its_file_set_aside(stored: Stored) -> None:
    stored.put(state(1, "here"))
    path = stored.errored(state(2, "here", "there"))
    assert put_back(stored) == json.loads(state(2, "here", "there"))
    aside = path.with_name("errored.tfstate.stored")
    assert (path.exists(), aside.read_bytes()) == (False, state(2, "here", "there"))
    assert aside.stat().st_mode & 0o077 == 0


def test_the_first_state_that_was_not_stored_is_stored(stored: Stored) -> None:
    stored.errored(state(1, "here"))
    assert put_back(stored)["serial"] == 1


def test_where_every_copy_is_lost_an_empty_state_can_be_chosen(stored: Stored) -> None:
    stored.put_row(f"{stored.key()}-md5", Digest="f" * 32)
    with pytest.raises(SitechatError, match="no copy 'v1'") as caught:
        copy_named(stored.session, only_finding(stored), "v1")
    assert (caught.value.code, caught.value.hint) == (ExitCode.USAGE, "There are: empty.")
    made = put_back(stored, "empty")
    assert (made["version"], made["serial"], made["resources"]) == (4, 1, [])
    assert made["lineage"]


class KilledError(Exception):
    """In place of SIGKILL."""


@pytest.mark.parametrize("step", ["write", "write_digest"])
@pytest.mark.parametrize("afterwards", [False, True], ids=["before", "after"])
def test_killed_at_any_step_the_next_run_ends_it(
    stored: Stored, monkeypatch: pytest.MonkeyPatch, step: str, *, afterwards: bool
) -> None:
    stored.put(state(1, "here"))
    stored.put(state(2, "here")[:50], digest=False)
    path = stored.errored(state(3, "here", "there"))
    real = getattr(StateStore, step)

    def killed(store: StateStore, *arguments: Any) -> None:
        if afterwards:
            real(store, *arguments)
        raise KilledError

    found = only_finding(stored)
    assert found.chosen is not None
    with monkeypatch.context() as patch:
        patch.setattr(StateStore, step, killed)
        with pytest.raises(KilledError):
            restore(stored.session, found, found.chosen, {})
    assert path.exists(), "it is set aside only once all is stored"
    assert put_back(stored) == json.loads(state(3, "here", "there"))
    assert not path.exists()


def test_a_lock_that_a_killed_repair_left_is_named_and_released(stored: Stored) -> None:
    with held_lock(stored.session, stored.key()):
        (lock,) = find_locks(stored.session)
        assert (lock.layer, lock.operation, set(lock.places)) == (
            "first",
            "OperationTypeRecover",
            {"S3", "DynamoDB"},
        )
        assert unlock(stored.session, lock.id) == lock
        assert find_locks(stored.session) == ()


@pytest.mark.parametrize("place", ["S3", "DynamoDB"])
def test_behind_a_lock_nothing_is_restored(stored: Stored, place: str) -> None:
    stored.put(state(1, "here"))
    stored.put(b"{", digest=False)
    found = only_finding(stored)
    assert found.chosen is not None
    text = json.dumps({"ID": "0a1b", "Who": "ann@desk"})
    if place == "S3":
        stored.session.client("s3").put_object(
            Bucket=stored.store.bucket, Key=f"{stored.key()}.tflock", Body=text.encode()
        )
    else:
        stored.put_row(stored.key(), Info=text)
    with pytest.raises(SitechatError) as caught:
        restore(stored.session, found, found.chosen, {})
    assert caught.value.code is ExitCode.LOCKED
    (lock,) = find_locks(stored.session)
    assert (lock.id, lock.places) == ("0a1b", (place,)), "only the other's lock is left"
    assert stored.store.read(stored.key()) == b"{"


def test_what_changed_since_the_look_is_left_alone(stored: Stored) -> None:
    stored.put(state(1, "here"))
    stored.put(b"{", digest=False)
    found = only_finding(stored)
    assert found.chosen is not None
    stored.put(state(2, "here"))
    with pytest.raises(SitechatError, match="was changed while") as caught:
        restore(stored.session, found, found.chosen, {})
    assert caught.value.code is ExitCode.REFUSED
    assert stored.store.read(stored.key()) == state(2, "here")
    assert find_locks(stored.session) == ()


def test_altered_locks_are_told_and_released_each(stored: Stored) -> None:
    stored.put_row(stored.key(), Info="not JSON")
    stored.put_row(stored.key("second"), Note="no Info at all")
    lock_file = f"{stored.key()}.tflock"
    s3 = stored.session.client("s3")
    s3.put_object(Bucket=stored.store.bucket, Key=lock_file, Body=json.dumps({"ID": "0a1b"}).encode())
    locks = {(lock.layer, lock.places): lock for lock in find_locks(stored.session)}
    assert locks.keys() == {("first", ("S3",)), ("first", ("DynamoDB",)), ("second", ("DynamoDB",))}
    assert [each.altered for each in locks.values()] == [False, True, True]
    for lock in locks.values():
        unlock(stored.session, lock.id)
    assert (find_locks(stored.session), stored.rows()) == ((), {})


def test_a_lock_that_another_took_meanwhile_is_not_released(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    stored.put_row(stored.key(), Info=json.dumps({"ID": "0a1b"}))
    (lock,) = find_locks(stored.session)
    stored.put_row(stored.key(), Info=json.dumps({"ID": "0c2d"}))
    monkeypatch.setattr("pipeline.recovery.locks.find_locks", lambda session: (lock,))
    with pytest.raises(SitechatError) as caught:
        unlock(stored.session, "0a1b")
    assert caught.value.code is ExitCode.LOCKED
    assert stored.rows().keys() == {stored.key()}


def test_states_of_no_layer_are_named_when_they_hold_something(stored: Stored) -> None:
    gone = stored.key().replace("/first.", "/gone.")
    stored.store.write(gone, state(4, "old", "older"), {})
    stored.store.write(stored.key().replace("/first.", "/empty."), state(4), {})
    seen = looked_at(stored)
    assert [(each.place, each.resources) for each in seen.strays] == [(gone, 2)]
    assert len(seen.others) == 2, "what they know is no orphan"


def test_an_unstored_state_of_no_layer_is_named(stored: Stored) -> None:
    path = stored.errored(state(4, "old"), "gone")
    assert [(each.place, each.resources) for each in looked_at(stored).strays] == [(str(path), 1)]


def test_a_state_that_cannot_be_read_is_named_and_hides_none_of_the_others(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored.put(state(1, "here"), "second")
    read = StateStore.read

    def denied(store: StateStore, key: str, version: str = "") -> bytes | None:
        if key == stored.key():
            raise SitechatError("AWS can't be asked what is left: AccessDenied", code=ExitCode.FAILED)
        return read(store, key, version)

    monkeypatch.setattr(StateStore, "read", denied)
    looked = Looked()
    seen = look_at_states(stored.session, stored.synthesis, list_state_objects(stored.session), looked)
    assert [(each.what, each.why) for each in looked.missing] == [
        (f"the state of first ({stored.key()})", "AccessDenied")
    ]
    assert (seen.unclear, list(seen.states)) == (frozenset({"first"}), ["second"])


def test_without_a_lock_table_the_versions_tell(stored: Stored) -> None:
    env = varied("local", project=stored.session.env.project, state__lock="s3")
    alone = replace(stored, session=replace(stored.session, env=env))
    alone.put(state(1, "here"), digest=False)
    alone.session.client("s3").delete_object(Bucket=alone.store.bucket, Key=alone.key())
    (found,) = looked_at(alone).findings
    assert (found.digest, found.chosen is not None) == (None, True)
    assert found.chosen is not None
    restore(alone.session, found, found.chosen, {})
    assert alone.store.read(alone.key()) == state(1, "here")
    assert looked_at(alone).findings == ()
    assert alone.rows() == {}
