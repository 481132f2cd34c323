"""Rolling releases of a service whose tasks run: success, failure, ways back, two at once, a killed client.

The tests share one service and run in order.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.aws.kept import new_id
from pipeline.clock import now, stamp
from pipeline.errors import ExitCode
from pipeline.operations import findings
from pipeline.operations.releases import choosing
from pipeline.operations.releases import run as releases
from pipeline.operations.releases.after_apply import settle_service
from pipeline.operations.releases.definitions import register
from pipeline.operations.releases.records import newest_releases, write_release
from tests.pipeline.operations.releases.conftest import NAME, Site
from tests.pipeline.operations.support import Ran, Run

pytestmark = pytest.mark.slow


def released(run: Run, site: Site, *arguments: str) -> Ran:
    return run(arguments[0], "--env", site.file, "--json", *arguments[1:])


def test_without_an_image_in_the_repository_nothing_is_released_and_nothing_waited_for(site: Site) -> None:
    created = releases.open_service(site.session())[1].creation()
    assert created is not None
    assert created.revision == site.described()["taskDefinition"], "ECS began it with the service"
    missing = site.register(f"{site.repository}@sha256:{'0' * 64}")
    site.apply(missing)
    settled = settle_service(site.session(), changed=True, commit="")
    assert settled.release is None
    assert settled.pending is not None
    assert settled.pending.what == "no task can start: no image was released"
    assert "image push" in settled.pending.command


def test_the_first_image_is_released_after_the_apply_that_configured_it(site: Site) -> None:
    newest = site.register(f"{site.repository}@{site.images['first']}", GREETING="one")
    site.apply(newest)
    settled = settle_service(site.session(), changed=True, commit="c" * 40)
    assert settled.release is not None
    assert settled.release.task_definition == newest, "nothing has to be registered: Terraform's newest has the image"
    assert site.running() == newest
    assert site.described()["desiredCount"] == 2
    assert settle_service(site.session(), changed=True, commit="").to_json() == {"release": None, "pending": None}


def test_a_release_ships_the_image_with_terraforms_newest_settings(site: Site, run: Run) -> None:
    site.apply(site.register(f"{site.repository}@{site.images['first']}", GREETING="two"))
    pending = settle_service(site.session(), changed=False, commit="").pending
    assert pending is not None
    assert pending.what.startswith(f"{NAME}:4 of Terraform has other settings than {NAME}:3")

    done = released(run, site, "release", "--image", "second", "--yes")
    assert done.code == 0, done.err
    found = json.loads(done.out)["release"]
    assert (found["result"], found["kind"], found["digest"]) == ("succeeded", "release", site.images["second"])
    assert site.running() == found["task_definition"]
    told = site.client("ecs").describe_task_definition(taskDefinition=found["task_definition"], include=["TAGS"])
    (container,) = told["taskDefinition"]["containerDefinitions"]
    assert {"name": "GREETING", "value": "two"} in container["environment"]
    assert told["tags"] == [{"key": "Environment", "value": "trial"}]
    assert settle_service(site.session(), changed=False, commit="").pending is None, "the image was chosen by a release"


def test_the_same_again_is_no_release(site: Site, run: Run) -> None:
    before = len(newest_releases(site.session()))
    done = released(run, site, "release", "--yes")
    assert json.loads(done.out) == {"env": "trial", "release": None, "running": site.running()}
    assert len(newest_releases(site.session())) == before


def test_an_image_that_fails_to_start_is_taken_back_and_told(site: Site, run: Run) -> None:
    before = site.running()
    done = released(run, site, "release", "--image", site.images["broken"])
    error = json.loads(done.out)["error"]
    assert (done.code, error["exit_code"]) == (ExitCode.FAILED, ExitCode.FAILED)
    assert "circuit breaker was triggered" in error["message"]
    assert "exit code 3" in error["message"]
    assert "docs/runbooks/failed-release.md" in error["hint"]
    assert "aws logs tail /sitechat/trial/app" in error["hint"]
    assert site.running() == before
    (newest, *_) = newest_releases(site.session())
    assert (newest.result, newest.digest) == ("failed", site.images["broken"])


def test_rollback_and_rollback_of_the_rollback(site: Site, run: Run) -> None:
    present = site.running()
    done = released(run, site, "rollback", "--yes")
    assert done.code == 0, done.err
    assert site.image_of(site.running()) == "first"
    done = released(run, site, "rollback", "--yes")
    assert json.loads(done.out)["release"]["kind"] == "rollback"
    assert site.running() == present
    first = newest_releases(site.session())[-1]
    done = released(run, site, "rollback", first.id)
    assert json.loads(done.out)["release"]["goes_to"] == first.id
    assert site.running() == first.task_definition


def test_a_second_release_is_refused_while_one_is_under_way_and_a_killed_one_is_taken_up(site: Site, run: Run) -> None:
    """The client is killed after ECS was asked and before it wrote so."""
    session = site.session()
    service, strategy = releases.open_service(session)
    wanted = choosing.choose_release(session, service, "second")
    begun = newest_releases(session)[0]
    revision = register(service, wanted.newest, wanted.image)
    killed = replace(
        begun,
        id=new_id(now()),
        kind="release",
        begun=stamp(now()),
        task_definition=revision,
        before=service.running,
        deployment="",
        ended="",
        result="begun",
    )
    write_release(session, killed)
    strategy.start(revision, at_least=2)

    second = released(run, site, "release", "--image", site.images["first"])
    assert second.code == ExitCode.LOCKED
    assert killed.id in json.loads(second.out)["error"]["message"]
    assert "sitechat releases" in json.loads(second.out)["error"]["hint"]

    done = released(run, site, "releases", "--follow")
    assert done.code == 0, done.err
    found = json.loads(done.out)["release"]
    assert (found["id"], found["result"]) == (killed.id, "succeeded")
    assert found["deployment"].startswith("ecs-svc/")
    assert site.running() == revision


def test_a_release_that_ended_without_its_client_gets_its_end_from_the_next(site: Site, run: Run) -> None:
    session = site.session()
    last = newest_releases(session)[0]
    write_release(session, replace(last, ended="", result="begun"))
    done = released(run, site, "release", "--yes")
    assert done.code == 0
    assert newest_releases(session)[0].result == "succeeded"
    assert last.id in done.err


def test_what_means_nothing_or_can_not_be_is_refused_before_anything(site: Site, run: Run) -> None:
    done = released(run, site, "release", "--ignore-alarms", "they are wrong")
    assert (done.code, json.loads(done.out)["error"]["message"]) == (
        ExitCode.USAGE,
        "--ignore-alarms: no alarm takes a rolling release back",
    )
    unknown = released(run, site, "release", "--image", "third", "--yes")
    assert unknown.code == ExitCode.USAGE
    assert "has no image 'third'" in json.loads(unknown.out)["error"]["message"]
    parked = site.file.with_name("parked.toml")
    parked.write_text(site.file.read_text().replace("min_tasks = 2", "parked = true"))
    done = run("release", "--env", parked, "--json")
    assert done.code == ExitCode.REFUSED
    assert "is parked" in json.loads(done.out)["error"]["message"]


def test_what_was_released_is_listed(site: Site, run: Run) -> None:
    found = json.loads(released(run, site, "releases", "--limit", "2").out)
    assert len(found["releases"]) == 2
    assert found["kept"] == 7
    listed = run("releases", "--env", site.file).out
    assert "rollback succeeded" in listed
    assert "circuit breaker" in listed
    one = run("releases", "--env", site.file, "latest").out
    assert site.images["second"] in one


def test_an_image_that_nobody_scanned_stops_a_release_by_name(site: Site, run: Run) -> None:
    site.file.write_text(site.file.read_text().replace('stop_release_at = "never"', 'stop_release_at = "HIGH"'))
    begun = len(newest_releases(site.session()))
    done = released(run, site, "release", "--image", site.images["first"])
    error = json.loads(done.out)["error"]
    assert done.code == ExitCode.GATE
    assert site.images["first"] in error["message"]
    assert "it was never scanned" in error["message"]
    assert len(newest_releases(site.session())) == begun


def test_a_finding_over_the_threshold_stops_a_release_and_a_waiver_lets_it_pass(
    site: Site, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.client("ecr").start_image_scan(repositoryName=NAME, imageId={"imageDigest": site.images["first"]})
    before = site.running()
    done = released(run, site, "release", "--image", site.images["first"])
    assert done.code == ExitCode.GATE
    assert "HIGH CVE-9999-9999 in moto_fake 9.9.9" in json.loads(done.out)["error"]["message"]
    assert site.running() == before

    expires = now().date() + timedelta(days=30)
    waivers = site.file.with_name("image_waivers.toml")
    waivers.write_text(
        '[[waiver]]\nvulnerability = "CVE-9999-9999"\npackage = "moto_fake"\nenvironments = ["trial"]\n'
        'reason = "the emulator invents this finding for every image"\nowner = "platform"\n'
        f"expires = {expires.isoformat()}\n"
    )
    monkeypatch.setattr(findings, "WAIVER_FILE", waivers)
    done = released(run, site, "release", "--image", site.images["first"])
    assert done.code == 0, done.err
    assert f"accepted until {expires.isoformat()} by platform" in done.err
    release = json.loads(done.out)["release"]
    (image,) = site.client("ecr").describe_images(
        repositoryName=NAME, imageIds=[{"imageDigest": site.images["first"]}]
    )["imageDetails"]
    assert f"release-{release['id']}" in image["imageTags"]


def test_there_is_no_way_back_to_an_image_that_has_expired(site: Site, run: Run) -> None:
    before, begun = site.running(), len(newest_releases(site.session()))
    site.client("ecr").batch_delete_image(repositoryName=NAME, imageIds=[{"imageDigest": site.images["second"]}])
    done = released(run, site, "rollback", "--yes")
    error = json.loads(done.out)["error"]
    assert done.code == ExitCode.USAGE
    assert "has expired" in error["message"]
    assert site.images["second"] in error["message"]
    assert "sitechat rollback 2" in error["hint"]
    assert (site.running(), len(newest_releases(site.session()))) == (before, begun)
