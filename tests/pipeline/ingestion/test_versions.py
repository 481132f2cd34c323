"""Whether the index has anything yet, as far as whoever asks may know."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.commands.release import warn_of_an_empty_index
from pipeline.ingestion import versions
from pipeline.ingestion.versions import is_index_empty
from pipeline.session import Session, open_session
from tests.pipeline.ingestion.conftest import Deployed, answering

ENDS: dict[str, Any] = {"Only": {"Type": "Succeed"}}


def told(index: str) -> dict[str, str]:
    return {"alias": "site", "index": index, "before": ""}


def opened(deployed: Deployed) -> Session:
    return open_session(str(deployed.account.file), needs_terraform=False)


@pytest.mark.parametrize(
    ("answer", "empty"), [(told(""), True), (told("site-000002"), False), ("SearchUnavailable", False)]
)
def test_an_index_is_empty_until_a_version_answers(deployed: Deployed, answer: object, empty: bool) -> None:
    deployed.machine(ENDS)
    deployed.function("load", answering({"versions": answer}))
    assert is_index_empty(opened(deployed)) is empty


def test_before_ingestion_is_deployed_nothing_is_in_the_index(deployed: Deployed) -> None:
    assert is_index_empty(opened(deployed))


@pytest.mark.parametrize(("search", "sources"), [(False, ("one",)), (True, ())])
def test_without_search_or_sources_nobody_is_asked(search: bool, sources: tuple[str, ...]) -> None:
    env = SimpleNamespace(search=SimpleNamespace(enabled=search), ingestion=SimpleNamespace(sources=sources))
    session: Any = SimpleNamespace(env=env)
    assert not is_index_empty(session)


@pytest.mark.parametrize(
    ("strategy", "empty", "warned"), [("canary", True, True), ("canary", False, False), ("rolling", True, False)]
)
def test_a_release_warns_where_a_test_wants_sources(
    strategy: str, empty: bool, warned: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(versions, "is_index_empty", lambda session: empty)
    session: Any = SimpleNamespace(env_ref="prod")
    tried: Any = SimpleNamespace(name=strategy)
    warn_of_an_empty_index(session, tried)
    said = " ".join(capsys.readouterr().err.split())
    assert ("nothing is in the index yet" in said, "sitechat ingest run --env prod" in said) == (warned, warned)
