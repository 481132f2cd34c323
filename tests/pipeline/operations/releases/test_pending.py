"""What waits for a release: other settings of Terraform's newest task definition, or an image that never ran."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.operations.releases import pending
from pipeline.operations.releases.definitions import Revision
from pipeline.operations.releases.images import image_reference
from pipeline.operations.releases.pending import difference

A, B = (f"registry/app@sha256:{letter * 64}" for letter in "ab")


def revision(number: int, image: str, **settings: Any) -> Revision:
    containers = [{"name": "app", "image": image}, {"name": "aside", "image": "other"}]
    return Revision(f"arn:x/app:{number}", {"cpu": "256", **settings, "containerDefinitions": containers}, (), image)


@pytest.mark.parametrize("new_image", [True, False])
def test_the_same_settings_and_image_wait_for_nothing(new_image: bool) -> None:
    assert difference("dev", "app", revision(1, A), revision(2, A), new_image=new_image) is None


def test_an_image_that_was_chosen_by_a_release_is_no_difference() -> None:
    assert difference("dev", "app", revision(2, B), revision(1, A), new_image=False) is None


def test_a_configured_image_that_never_ran_is_told_with_the_command_that_releases_it() -> None:
    found = difference("dev", "app", revision(1, A), revision(2, B), new_image=True)
    assert found is not None
    assert found.what == "the configured image sha256:bbbbbbbbbbbb has never run"
    assert found.command == f"sitechat release --env dev --image sha256:{'b' * 64}"
    assert found.image == f"sha256:{'b' * 64}"


@pytest.mark.parametrize(
    ("tags", "offered"),
    [
        (("first",), True),
        (("release-aaaaaaaaaaaa",), True),  # kept before anything ran it
        (("release-20250101T000000Z-0123456789abcdef",), False),
    ],
)
def test_an_image_whose_release_nobody_remembers_is_not_offered_again(
    tags: tuple[str, ...], offered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the newest records are looked at; after many releases the first image stands in none of them."""
    image = SimpleNamespace(digest=image_reference(A), tags=tags)
    monkeypatch.setattr(pending, "find_image", lambda session, wanted: (None, image))
    monkeypatch.setattr(pending, "newest_releases", lambda session: ())
    assert pending._never_ran(None, revision(1, A)) is offered  # type: ignore[arg-type]


def test_other_settings_are_told_and_ship_with_the_image_that_runs() -> None:
    found = difference("dev", "app", revision(3, B), revision(4, A, cpu="512"), new_image=False)
    assert found is not None
    assert found.line == (
        "not released yet: app:4 of Terraform has other settings than app:3, which runs\n"
        "next: sitechat release --env dev"
    )
    assert found.to_json()["image"] == f"sha256:{'b' * 64}"


def test_another_place_is_told_and_comes_with_a_release() -> None:
    found = difference("dev", "app", revision(1, A), revision(1, A), new_image=False, misplaced=("subnets",))
    assert found is not None
    assert found.what == "tasks run with other subnets than configured"
    assert found.command == "sitechat release --env dev"


@pytest.mark.parametrize(
    ("image", "reference"),
    [
        (A, f"sha256:{'a' * 64}"),
        ("registry:5000/team/app:v1", "v1"),
        ("registry:5000/app", ""),
        (f"registry/app:v1@sha256:{'a' * 64}", f"sha256:{'a' * 64}"),
    ],
)
def test_what_an_image_is_called_in_its_repository(image: str, reference: str) -> None:
    assert image_reference(image) == reference
