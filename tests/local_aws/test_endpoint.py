"""Files of a run whose place others go by."""

from __future__ import annotations

from pathlib import Path

from local_aws import images_folder
from local_aws.endpoint import RunFiles


def test_the_engines_socket_is_private_where_its_path_is_short_enough() -> None:
    assert RunFiles(Path("/run")).engine == Path("/run/scratch/engine.sock")


def test_a_folder_too_deep_for_a_socket_has_one_elsewhere_and_its_own() -> None:
    deep, other = (RunFiles(Path(f"/{name * 100}/local")).engine for name in "ab")
    assert len(str(deep)) < 104
    assert deep != other
    assert deep == RunFiles(Path(f"/{'a' * 100}/local")).engine


def test_images_lie_beside_what_is_emptied_with_the_emulators_home() -> None:
    assert images_folder(Path("/run/local")) == RunFiles(Path("/run/local")).images == Path("/run/local/images")
