"""Alarms that take a rolling release back: which a service names, when none counts, and what people are told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.commands import before_apply as before_apply_command
from pipeline.errors import ExitCode, SitechatError
from pipeline.operations.releases import after_apply, before_apply, rolling
from pipeline.operations.releases.code_deploy import CodeDeploy
from pipeline.operations.releases.native import Native
from pipeline.operations.releases.rolling import Rolling, find_rolling
from pipeline.operations.releases.strategy import Started
from tests.pipeline.operations.releases.test_progress import NEW, OLD, STARTED, STILL_OLD, deployment, service

ALARMS = ("s-dev-release-errors", "s-dev-release-unhealthy")
ON = {"alarmNames": [*ALARMS], "enable": True, "rollback": True}
OFF = {"alarmNames": [*ALARMS], "enable": False, "rollback": False}
BREAKER = {"maximumPercent": 200, "deploymentCircuitBreaker": {"enable": True, "rollback": True}}
FAILED = "(service app) (deployment ecs-svc/new) deployment failed: alarm detected."


@dataclass
class Aws:
    """A service as ECS describes it, with alarms of which some are on; `updates` is what it was asked to change."""

    told: dict[str, Any]
    on: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ALARMS
    fails: bool = False
    updates: list[dict[str, Any]] = field(default_factory=list)

    def update(self, **given: Any) -> dict[str, Any]:
        self.updates.append({key: value for key, value in given.items() if key not in ("cluster", "service")})
        if self.fails:
            raise SitechatError("AWS refused", code=ExitCode.FAILED)
        return {"service": service(deployment("made", NEW, "PRIMARY", "IN_PROGRESS"))}

    def states(self, *, AlarmNames: list[str]) -> dict[str, Any]:  # noqa: N803
        states = [{"AlarmName": each, "StateValue": "ALARM" if each in self.on else "OK"} for each in AlarmNames]
        return {"MetricAlarms": states}

    @property
    def rolling(self) -> Rolling:
        ecs = SimpleNamespace(update_service=self.update)
        held: Any = SimpleNamespace(ecs=ecs, cluster="main", name="app", family="app", look=lambda: self.told)
        return Rolling(held, self.alarms, SimpleNamespace(describe_alarms=self.states))


def described(*deployments: dict[str, Any], alarms: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    configured = {**BREAKER, **({"alarms": alarms} if alarms else {})}
    shared = {"desiredCount": 2, "taskDefinition": OLD, "deploymentConfiguration": configured}
    return {**service(*deployments), **shared, **more}


STEADY = deployment("old", OLD, "PRIMARY", "COMPLETED")


def test_a_release_begins_with_the_alarms_that_the_one_before_went_without() -> None:
    aws = Aws(described(STEADY, alarms=OFF))
    assert aws.rolling.start(NEW, at_least=1) == "ecs-svc/made"
    assert aws.updates == [{"taskDefinition": NEW, "deploymentConfiguration": {**BREAKER, "alarms": ON}}]


def test_a_release_says_nothing_of_alarms_that_the_service_names_already() -> None:
    aws = Aws(described(STEADY, alarms={**ON, "alarmNames": [*reversed(ALARMS)]}))
    aws.rolling.start(NEW, at_least=1)
    assert aws.updates == [{"taskDefinition": NEW}]


def test_a_release_that_ignores_alarms_switches_them_off_for_itself_also_while_one_is_on() -> None:
    aws = Aws(described(STEADY, alarms=ON), on=ALARMS[:1])
    aws.rolling.start(NEW, at_least=1, ignore_alarms=True)
    assert aws.updates == [{"taskDefinition": NEW, "deploymentConfiguration": {**BREAKER, "alarms": OFF}}]


def test_an_alarm_that_is_on_refuses_a_release_since_ecs_would_watch_none() -> None:
    aws = Aws(described(STEADY, alarms=ON), on=ALARMS[1:])
    with pytest.raises(SitechatError, match="s-dev-release-unhealthy: on already, so ECS would watch no alarm") as it:
        aws.rolling.start(NEW, at_least=1)
    assert it.value.code is ExitCode.REFUSED
    assert "--ignore-alarms REASON" in (it.value.hint or "")
    assert aws.updates == []


def test_without_alarms_a_service_is_updated_as_before_and_none_can_be_ignored() -> None:
    aws = Aws(described(STEADY), alarms=())
    aws.rolling.start(NEW, at_least=3)
    assert aws.updates == [{"taskDefinition": NEW, "desiredCount": 3}]
    assert (aws.rolling.has_alarms, Aws(described(STEADY)).rolling.has_alarms) == (False, True)


def test_alarms_that_are_configured_no_more_are_taken_from_the_service_without_a_deployment() -> None:
    aws = Aws(described(STEADY, alarms=ON), alarms=())
    assert aws.rolling.restore_alarms()
    none = {"alarmNames": [], "enable": False, "rollback": False}
    assert aws.updates == [{"deploymentConfiguration": {**BREAKER, "alarms": none}}]


def test_alarms_are_restored_once() -> None:
    assert Aws(described(STEADY, alarms=OFF)).rolling.restore_alarms()
    there = Aws(described(STEADY, alarms=ON))
    assert not there.rolling.restore_alarms()
    assert there.updates == []


def test_the_way_back_heeds_no_alarm() -> None:
    aws = Aws(described(deployment("new", NEW, "PRIMARY", "IN_PROGRESS"), STILL_OLD, alarms=ON), on=ALARMS)
    aws.rolling.roll_back(STARTED)
    assert aws.updates == [{"taskDefinition": OLD, "deploymentConfiguration": {**BREAKER, "alarms": OFF}}]


def test_a_release_waits_while_ecs_watches_alarms_and_tells_one_that_is_on() -> None:
    new = deployment("new", NEW, "PRIMARY", "IN_PROGRESS")
    gone = {**STILL_OLD, "runningCount": 0}
    assert (
        Aws(described(new, gone, alarms=ON)).rolling.watch(STARTED).waiting == "ECS watches the alarms a while longer"
    )
    assert Aws(described(new, gone, alarms=OFF)).rolling.watch(STARTED).waiting == "ECS has to find the service steady"
    ringing = Aws(described(new, gone, alarms=ON), on=ALARMS[:1]).rolling.watch(STARTED)
    assert ringing.waiting == f"ECS watches the alarms a while longer, alarms on: {ALARMS[0]}"


@pytest.mark.parametrize("state", ["IN_PROGRESS", "COMPLETED"])
def test_a_release_that_an_alarm_took_back_names_it_beside_ecs_words(
    state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.operations.releases.rolling.stopped_reasons", lambda *_: ())
    back = deployment("old", OLD, "PRIMARY", state)
    failed = deployment("new", NEW, "ACTIVE", "FAILED", running=0, reason="deployment failed: alarm detected.")
    progress = Aws(described(back, failed, alarms=ON), on=ALARMS[:1]).rolling.watch(STARTED)
    assert progress.state == ("running" if state == "IN_PROGRESS" else "failed")
    assert progress.reason == f"alarm detected; alarms on: {ALARMS[0]}"


def test_ecs_words_are_read_from_its_events_once_it_lists_the_deployment_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pipeline.operations.releases.rolling.stopped_reasons", lambda *_: ())
    gone = {**described(STEADY, alarms=ON), "events": [{"message": "(service app) steady"}, {"message": FAILED}]}
    progress = Aws(gone).rolling.watch(STARTED)
    assert (progress.state, progress.reason) == ("failed", "alarm detected")


def test_only_the_alarms_of_releases_are_its_own() -> None:
    names = SimpleNamespace(resource=lambda purpose: f"s-dev-{purpose}")
    session: Any = SimpleNamespace(env=SimpleNamespace(names=names), client=lambda _: None)
    alarms = [{"alarm_name": each} for each in ("s-dev-site-errors", *reversed(ALARMS))]
    found = find_rolling(session, SimpleNamespace(held={"aws_cloudwatch_metric_alarm": alarms}))  # type: ignore[arg-type]
    assert found.alarms == ALARMS


def test_a_service_that_was_just_created_is_watched_as_before() -> None:
    at = datetime(2026, 11, 30, tzinfo=UTC)
    made = {**described({**STEADY, "createdAt": at}, alarms=ON), "createdAt": at}
    assert Aws(made).rolling.creation() == Started("ecs-svc/old", OLD, "")


@pytest.mark.parametrize(
    ("alarms", "unfinished", "told"),
    [
        (ALARMS, (), "alarms take a release back from now on"),
        ((), (), "alarms take no release back any more"),
        (ALARMS, ("one",), ""),
    ],
)
def test_an_apply_has_the_service_name_the_alarms_as_configured(
    alarms: tuple[str, ...],
    unfinished: tuple[str, ...],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Alarms that a service hasn't got yet, or has no more; under a release that is under way they are its own."""
    session = settled(monkeypatch, unfinished)
    named = {"alarmNames": ["old"], "enable": True, "rollback": True}
    aws = Aws(described(STEADY, alarms=named), alarms=alarms)
    monkeypatch.setattr(after_apply, "choose_strategy", lambda *_: aws.rolling)
    after_apply.settle_service(session, changed=True, commit="")
    assert capsys.readouterr().err.strip() == told
    assert len(aws.updates) == bool(told)


def test_without_a_change_of_its_layer_the_service_keeps_its_alarms(monkeypatch: pytest.MonkeyPatch) -> None:
    session, aws = settled(monkeypatch), Aws(described(STEADY, alarms=OFF))
    monkeypatch.setattr(after_apply, "choose_strategy", lambda *_: aws.rolling)
    after_apply.settle_service(session, changed=False, commit="")
    assert aws.updates == []


@pytest.mark.parametrize("broken", ["record_creation", "_watch_what_it_started"])
@pytest.mark.parametrize("update_fails", [False, True])
def test_alarms_are_set_right_also_where_what_an_apply_began_fails(
    broken: str, update_fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why it failed is what is told, whatever becomes of the alarms."""
    session, aws = settled(monkeypatch), Aws(described(STEADY, alarms=OFF))
    aws.fails = update_fails
    monkeypatch.setattr(after_apply, "choose_strategy", lambda *_: aws.rolling)
    monkeypatch.setattr(after_apply, broken, _fail)
    with pytest.raises(SitechatError, match="the circuit breaker was triggered"):
        after_apply.settle_service(session, changed=True, commit="")
    assert aws.updates == [{"deploymentConfiguration": {**BREAKER, "alarms": ON}}]


def _fail(*_: Any, **__: Any) -> Any:
    raise SitechatError("the circuit breaker was triggered", code=ExitCode.FAILED)


def test_an_apply_leaves_alarms_to_the_deployment_that_it_has_started(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = Aws(described(deployment("new", NEW, "PRIMARY", "IN_PROGRESS"), STILL_OLD, alarms=OFF))
    session = settled(monkeypatch)
    monkeypatch.setattr(after_apply, "choose_strategy", lambda *_: aws.rolling)
    monkeypatch.setattr(after_apply, "_watch_what_it_started", lambda *_: None)
    after_apply.settle_service(session, changed=True, commit="")
    assert aws.updates == []


def settled(monkeypatch: pytest.MonkeyPatch, unfinished: tuple[str, ...] = ()) -> Any:
    """A session whose service runs what Terraform has; these releases have no end."""
    monkeypatch.setattr(after_apply, "deployed_service", lambda _: SimpleNamespace(running=OLD, newest=OLD))
    monkeypatch.setattr(after_apply, "read_revision", lambda _, arn: SimpleNamespace(arn=arn))
    monkeypatch.setattr(after_apply, "there", lambda *_: True)
    monkeypatch.setattr(after_apply, "unfinished_releases", lambda _: unfinished)
    for name in ("what_lacks", "find_pending", "record_creation"):
        monkeypatch.setattr(after_apply, name, lambda *_, **__: None)
    return SimpleNamespace(
        env=SimpleNamespace(service=SimpleNamespace(parked=False), image=SimpleNamespace(released=True))
    )


def test_what_is_released_again_is_begun_anew() -> None:
    aws = Aws(described(STEADY, alarms=ON))
    aws.rolling.start(OLD, at_least=1)
    assert aws.updates == [{"taskDefinition": OLD, "forceNewDeployment": True}]


def test_alarms_are_restored_as_the_state_has_them_then() -> None:
    """An apply may have deleted them while the release was watched."""
    aws = Aws(described(STEADY, alarms=ON))
    assert replace(aws.rolling, alarms_now=lambda: ALARMS[:1]).restore_alarms()
    assert aws.updates[0]["deploymentConfiguration"]["alarms"]["alarmNames"] == [ALARMS[0]]


def held(*names: str) -> dict[str, Any]:
    return {"aws_cloudwatch_metric_alarm": [{"alarm_name": each} for each in names]}


def test_the_state_is_read_anew_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    session: Any = SimpleNamespace(
        env=SimpleNamespace(names=SimpleNamespace(resource=lambda purpose: f"s-dev-{purpose}")), client=lambda _: None
    )
    there: list[Any] = [SimpleNamespace(held=held(*ALARMS[:1]))]
    monkeypatch.setattr(rolling, "deployed_service", lambda _: there[0])
    service: Any = SimpleNamespace(held=held(*ALARMS))
    found = rolling.find_rolling(session, service)
    assert found.alarms_now is not None
    assert (found.alarms, found.alarms_now()) == (ALARMS, ALARMS[:1])
    there[0] = None
    assert found.alarms_now() == ALARMS


def applied(monkeypatch: pytest.MonkeyPatch, aws: Aws, *configured: str) -> None:
    """An apply whose layer has these alarms."""
    monkeypatch.setattr(before_apply, "deployed_service", lambda _: SimpleNamespace())
    monkeypatch.setattr(before_apply, "choose_strategy", lambda *_: aws.rolling)
    alarms = {f"a{index}": {"alarm_name": each} for index, each in enumerate(configured)}
    config = {"resource": {"aws_cloudwatch_metric_alarm": alarms}} if alarms else {}
    session: Any = None
    before_apply.take_deleted_alarms_off(session, config)


def test_alarms_that_an_apply_deletes_are_taken_off_the_service_before(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    aws = Aws(described(STEADY, alarms=ON))
    applied(monkeypatch, aws)
    none = {"alarmNames": [], "enable": False, "rollback": False}
    assert aws.updates == [{"deploymentConfiguration": {**BREAKER, "alarms": none}}]
    assert "alarms that this apply deletes take no release back any more" in capsys.readouterr().err


def test_of_alarms_that_an_apply_keeps_nothing_is_changed_before(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = Aws(described(STEADY, alarms=OFF))
    applied(monkeypatch, aws, *ALARMS, "s-dev-release-later")
    assert aws.updates == []


def test_a_service_that_can_not_be_asked_stops_no_apply(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    aws = Aws(described(STEADY, alarms=ON), fails=True)
    applied(monkeypatch, aws)
    assert "may stay named by the service: AWS refused" in " ".join(capsys.readouterr().err.split())


def test_only_rolling_rollbacks_are_watched_by_no_alarm() -> None:
    watched = {each: each.watches_rollbacks for each in (Rolling, CodeDeploy, Native)}
    assert watched == {Rolling: False, CodeDeploy: True, Native: True}


@pytest.mark.parametrize(("layers", "done"), [(("edge", "service"), ["look", "of service"]), (("edge",), ["look"])])
def test_before_an_apply_of_its_layer_alarms_are_taken_off(
    layers: tuple[str, ...], done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    did: list[str] = []
    monkeypatch.setattr("pipeline.recovery.existing.refuse_what_exists", lambda *_: did.append("look"))
    monkeypatch.setattr(before_apply, "take_deleted_alarms_off", lambda _, config: did.append(config))
    synthesis: Any = SimpleNamespace(layer=lambda name: SimpleNamespace(config=f"of {name}"))
    session: Any = None
    before_apply_command.before_apply(session, synthesis, dict.fromkeys(layers, ()))
    assert did == done


@pytest.mark.parametrize("command", ["apply", "deploy"])
def test_every_apply_asks_this_before(command: str) -> None:
    """The two commands share it, so that none deletes alarms under a service."""
    module = import_module(f"pipeline.commands.{command}")
    assert module.__file__ is not None
    text = Path(module.__file__).read_text()
    assert text.count("before=partial(before_apply, session)") == text.count("before=") > 0
