"""The road of the last trace is kept, and is gone with the deployment that it went through."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from pipeline.report.kept_road import RoadSpan, RoadStep, keep_road, kept_road
from pipeline.work import Work, write_private

STEPS = (
    RoadStep("cloudfront", "behaviour /api/*", "to service", 1.5),
    RoadStep("network", "sgr-1 of sg-1", "dropped", 2.5, refused=True),
)


@pytest.fixture
def work(tmp_path: Path) -> Work:
    found = Work(tmp_path, run="a1")
    write_private(found.applied("local") / "edge.json", b'{"state_sha256": "1"}')
    return found


def keep(work: Work) -> None:
    keep_road(work, "local", status=200, ended="done", steps=[asdict(each) for each in STEPS])


def test_the_road_is_kept(work: Work) -> None:
    keep(work)
    found = kept_road(work, "local")
    assert found is not None
    assert (found.status, found.ended, found.steps) == (200, "done", STEPS)
    assert work.road("local").stat().st_mode & 0o077 == 0


def test_spans_are_kept_with_it_and_a_road_from_before_has_none(work: Work) -> None:
    spans = (
        RoadSpan("POST /api/chat", 0, 0.0, 9.5, "UNSET", ("a=1", "b=2")),
        RoadSpan("search", 1, 1.0, 2.0, "ERROR x"),
    )
    plain = [asdict(each) for each in spans]
    keep_road(work, "local", status=200, ended="done", steps=[asdict(STEPS[0])], spans=plain)
    found = kept_road(work, "local")
    assert found is not None
    assert found.spans == spans
    before = json.loads(work.road("local").read_bytes())
    del before["spans"]
    write_private(work.road("local"), json.dumps(before).encode())
    found = kept_road(work, "local")
    assert found is not None
    assert (found.steps, found.spans) == ((STEPS[0],), ())


def test_a_road_is_of_one_environment_and_run(work: Work) -> None:
    keep(work)
    assert kept_road(work, "other") is None
    assert kept_road(Work(work.root, run="b2"), "local") is None


@pytest.mark.parametrize(("name", "note"), [("edge.json", b'{"state_sha256": "2"}'), ("service.json", b"{}")])
def test_a_road_through_another_deployment_is_none(work: Work, name: str, note: bytes) -> None:
    keep(work)
    write_private(work.applied("local") / name, note)
    assert kept_road(work, "local") is None


def test_a_layer_that_is_being_applied_makes_it_none(work: Work) -> None:
    keep(work)
    (work.applied("local") / "edge.json").unlink()
    assert kept_road(work, "local") is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"deployment": 1}'])
def test_a_damaged_file_is_no_road(work: Work, content: bytes) -> None:
    write_private(work.road("local"), content)
    assert kept_road(work, "local") is None
