"""Later waves with real Terraform: a plan equal to its preview is applied without asking, any other is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws import Endpoint, start, stop
from pipeline import scan
from pipeline.bundle.build import NewBundle, build_bundle
from pipeline.bundle.kept import last_reviewed
from pipeline.deployment.deploy import deploy
from pipeline.deployment.follow import apply_and_follow
from pipeline.errors import ExitCode, SitechatError
from pipeline.synth.layers import Synthesis
from tests.e2e.machines import PASSED, Machine

pytestmark = pytest.mark.slow

GROUP = "kept-elsewhere"
LOOKED_UP = {"aws_cloudwatch_log_group": {"elsewhere": {"name": GROUP}}}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    folder = tmp_path_factory.mktemp("local")
    yield start(folder)
    stop(folder)


def prepared(machine: Machine) -> Synthesis:
    """Machine with two layers; the second also reads the retention of a log group it doesn't own."""
    machine.create_backend()
    logs = machine.session.client("logs")
    logs.create_log_group(logGroupName=GROUP)
    logs.put_retention_policy(logGroupName=GROUP, retentionInDays=7)
    return machine.synthesis(looked_up=LOOKED_UP)


def test_a_wave_that_is_as_reviewed_is_not_asked_about(
    endpoint: Endpoint, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    machine = Machine.of(tmp_path, endpoint, "asreviewed")
    machine.create_backend()
    asked: list[NewBundle] = []

    def agree(bundle: NewBundle) -> bool:
        asked.append(bundle)
        return True

    deployed = deploy(machine.session, machine.synthesis(), PASSED, confirm=agree)
    assert (deployed.layers, deployed.resources) == (("first", "second"), 2)
    assert asked == [deployed.bundles[0]]
    assert f"as reviewed in bundle {asked[0].id}" in capfd.readouterr().err
    real = machine.session.client("sns").list_tags_for_resource(ResourceArn=topic(machine, "second"))["Tags"]
    assert {"Key": "of", "Value": topic(machine, "first")} in real


def test_a_wave_that_differs_is_refused_by_attribute_and_nothing_of_it_is_applied(
    endpoint: Endpoint, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "gate", lambda synthesis, env: PASSED)
    machine = Machine.of(tmp_path, endpoint, "differs")
    synthesis = prepared(machine)
    reviewed = build_bundle(machine.session, synthesis, PASSED)
    machine.session.client("logs").put_retention_policy(logGroupName=GROUP, retentionInDays=30)
    with pytest.raises(SitechatError, match="stopped before bundle") as caught:
        apply_and_follow(machine.session, reviewed.id, confirm=lambda bundle: False)
    assert caught.value.code is ExitCode.INTERRUPTED
    shown = " ".join(capfd.readouterr().err.split())
    assert f"Not as reviewed in bundle {reviewed.id}" in shown
    assert "tags.of" in shown
    topics = [each["TopicArn"] for each in machine.session.client("sns").list_topics()["Topics"]]
    assert topic(machine, "first") in topics
    assert topic(machine, "second") not in topics

    machine.session.client("logs").put_retention_policy(logGroupName=GROUP, retentionInDays=7)
    before = last_reviewed(reviewed.dir.parent, "local", synthesis.sha256)
    assert before is not None
    assert before.id == reviewed.id
    assert before.differences(build_bundle(machine.session, synthesis, PASSED).plans) == ()


def topic(machine: Machine, layer: str) -> str:
    """ARN of a layer's topic."""
    env = machine.session.env
    return f"arn:aws:sns:{env.region}:{env.account_id}:{env.project}-{layer}"
