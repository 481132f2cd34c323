"""Published bundles with real Terraform on the emulated AWS: another machine applies exactly that, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws import Endpoint, start, stop
from pipeline.bundle.apply import apply_bundle
from pipeline.bundle.build import NewBundle, build_bundle
from pipeline.bundle.transport import object_key, publish_bundle
from pipeline.errors import ExitCode, SitechatError
from tests.e2e.machines import PASSED, Machine

pytestmark = pytest.mark.slow

PROJECT = "transport"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder = tmp_path_factory.mktemp("local")
    yield start(folder)
    stop(folder)


@pytest.fixture(scope="module")
def published(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> tuple[Machine, NewBundle]:
    """Machine that has planned its first wave and published it."""
    machine = Machine.of(tmp_path_factory.mktemp("planned"), endpoint, PROJECT)
    machine.create_backend()
    bundle = build_bundle(machine.session, machine.synthesis(), PASSED, previews=False)
    publish_bundle(machine.session, bundle.dir)
    return machine, bundle


@pytest.fixture
def other(endpoint: Endpoint, tmp_path: Path) -> Machine:
    """Machine that has only the credentials and the configuration."""
    return Machine.of(tmp_path, endpoint, PROJECT)


def topics(machine: Machine) -> set[str]:
    return {each["TopicArn"].rpartition(":")[2] for each in machine.session.client("sns").list_topics()["Topics"]}


def test_an_object_altered_on_the_way_is_refused(published: tuple[Machine, NewBundle], other: Machine) -> None:
    machine, bundle = published
    s3 = machine.session.client("s3")
    place = {"Bucket": machine.session.env.state_backend.bucket, "Key": object_key(machine.session, bundle.id)}
    kept = s3.get_object(**place)["Body"].read()
    plan = (bundle.dir / "first" / "tfplan").read_bytes()
    try:
        (bundle.dir / "first" / "tfplan").write_bytes(plan + b" ")
        publish_bundle(machine.session, bundle.dir)
        with pytest.raises(SitechatError, match="first/tfplan: was altered") as caught:
            apply_bundle(other.session, bundle.id)
    finally:
        (bundle.dir / "first" / "tfplan").write_bytes(plan)
        s3.put_object(**place, Body=kept)
    assert caught.value.code is ExitCode.REFUSED
    assert topics(other) == set()


def test_the_other_machine_applies_what_was_published(published: tuple[Machine, NewBundle], other: Machine) -> None:
    _, bundle = published
    applied = apply_bundle(other.session, bundle.id)
    assert (applied.id, applied.resources, applied.left) == (bundle.id, 1, ("second",))
    assert topics(other) == {f"{PROJECT}-first"}


def test_what_was_applied_once_is_stale_everywhere(published: tuple[Machine, NewBundle], other: Machine) -> None:
    _, bundle = published
    with pytest.raises(SitechatError, match="is stale") as caught:
        apply_bundle(other.session, bundle.id)
    assert caught.value.code is ExitCode.REFUSED
