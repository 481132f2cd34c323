"""The tag that keeps a released image from the repository's expiry, in the emulated registry."""

from __future__ import annotations

import json

import pytest

from config.sections.image import RELEASED
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.registry import find_repository
from pipeline.operations.releases import kept_images
from pipeline.session import Session, open_session
from tests.pipeline.operations.support import Account, Push


def session(account: Account, lines: str = "") -> Session:
    """A session of the environment with these additional lines."""
    with account.file.open("a") as file:
        file.write(lines)
    return open_session(str(account.file), needs_terraform=False)


def tags(account: Account, repository: str) -> dict[str, list[str]]:
    images = account.client("ecr").describe_images(repositoryName=repository)["imageDetails"]
    return {image["imageDigest"]: sorted(image.get("imageTags", [])) for image in images}


@pytest.fixture
def pushed(push: Push) -> dict[str, str]:
    """Digests of two images by tag."""
    return {tag: json.loads(push("--tag", tag, "--json").out)["digest"] for tag in ("v1", "v2")}


@pytest.mark.parametrize("by", ["tag", "digest"])
def test_the_configured_image_gets_one_more_tag_and_no_other_does(
    account: Account, repository: str, pushed: dict[str, str], by: str
) -> None:
    digest = pushed["v1"]
    lines = f'[image]\nstop_release_at = "never"\n{by} = "{"v1" if by == "tag" else digest}"\n'
    kept_images.keep_released(session(account, lines))
    released = f"release-{digest.removeprefix('sha256:')[:12]}"
    assert tags(account, repository) == {digest: [released, "v1"], pushed["v2"]: ["v2"]}


def test_a_second_release_of_the_same_image_changes_nothing(
    account: Account, repository: str, pushed: dict[str, str]
) -> None:
    found = session(account, '[image]\ntag = "v1"\nstop_release_at = "never"\n')
    kept_images.keep_released(found)
    before = tags(account, repository)
    kept_images.keep_released(found)
    # And so does a run that began before the other one ended.
    tag = next(each for each in before[pushed["v1"]] if each.startswith(RELEASED))
    find_repository(found).add_tag(pushed["v1"], tag)
    assert tags(account, repository) == before


def test_without_a_release_nothing_is_asked(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(session: Session) -> None:
        raise AssertionError

    monkeypatch.setattr(kept_images, "find_repository", refuse)
    kept_images.keep_released(session(account))


def test_before_the_first_deployment_there_is_no_repository(account: Account) -> None:
    kept_images.keep_released(session(account, '[image]\ntag = "v1"\n'))


def test_an_image_that_is_nowhere_is_the_doctors_business(
    account: Account, repository: str, pushed: dict[str, str]
) -> None:
    kept_images.keep_released(session(account, '[image]\ntag = "v3"\n'))
    assert sorted(tags(account, repository).values()) == [["v1"], ["v2"]]


def test_a_refusal_stops_the_release(account: Account, repository: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(session: Session) -> None:
        raise SitechatError("AWS would not list the images", code=ExitCode.FAILED)

    monkeypatch.setattr(kept_images, "find_repository", refuse)
    with pytest.raises(SitechatError, match="would not list"):
        kept_images.keep_released(session(account, '[image]\ntag = "v1"\n'))


def test_a_push_names_what_puts_the_image_into_service(account: Account, push: Push) -> None:
    first = push("--tag", "v1")
    assert f"next: sitechat deploy --env {account.file}" in first.out
    digest = next(line for line in first.out.splitlines() if line.startswith("digest:")).partition(" ")[2]
    with account.file.open("a") as file:
        file.write('[image]\ntag = "v1"\n')
    later = push("--tag", "v2")
    assert "[image]" not in later.out
    assert f"next: sitechat release --env {account.file} --image sha256:" in later.out
    assert digest not in later.out


def test_a_first_image_with_findings_is_refused_before_anything_runs_it(
    account: Account, repository: str, pushed: dict[str, str]
) -> None:
    with pytest.raises(SitechatError, match="CVE-9999-9999") as refused:
        kept_images.keep_released(session(account, '[image]\ntag = "v1"\n'))
    assert refused.value.code is ExitCode.GATE
    assert tags(account, repository)[pushed["v1"]] == ["v1"]


def test_a_digest_takes_the_tag_of_every_release(account: Account, repository: str, pushed: dict[str, str]) -> None:
    found = find_repository(session(account))
    for release in ("20261201T000000-a1", "20261202T000000-b2"):
        kept_images.keep_image(found, pushed["v1"], release)
    assert tags(account, repository)[pushed["v1"]] == [
        "release-20261201T000000-a1",
        "release-20261202T000000-b2",
        "v1",
    ]
