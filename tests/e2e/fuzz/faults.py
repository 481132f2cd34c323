"""Faults of the fuzzer: each is drawn from a seed, and strikes before a deployment or at a step of it."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import counted
from tests.e2e.checkout import Checkout
from tests.e2e.fault_proxy import Asked, Fault, FaultProxy
from tests.e2e.fuzz.world import World

# Requests that change something, of a first deployment and of the change of a standing one: counted, then rounded down.
STEPS = {"first": 51, "change": 28}
# The steps before these lock and unlock states for a plan.
FIRST_STEPS = {"first": 5, "change": 9}
END_SECONDS = 100
# Layers with a state of their own.
LAYERS = ("infrastructure", "service")
_READS = ("Describe", "Get", "List", "Head", "Lookup", "Scan", "Query", "Batch")


def changes_something(asked: Asked) -> bool:
    """Whether a request creates, changes or stores something; locks and states count."""
    if asked.operation:
        return not asked.operation.startswith(_READS)
    return asked.method in ("PUT", "DELETE")


def creates(asked: Asked) -> bool:
    """Whether a request makes a resource, not a lock or a state."""
    return asked.operation.startswith(("Create", "Put", "Authorize")) and asked.operation != "PutItem"


@dataclass
class Scene:
    """What a fault works on. `running` is the deployment's process id, once it runs."""

    checkout: Checkout
    world: World
    proxy: FaultProxy
    close_proxy: Callable[[], None]
    running: int = 0
    striking: threading.Event = field(default_factory=threading.Event)
    struck: threading.Event = field(default_factory=threading.Event)
    # Keys of the inventory that may have another id afterwards.
    replaced: list[str] = field(default_factory=list)
    # Nothing of before is left: the emulated AWS died.
    emptied: bool = False
    # What went wrong with the fault itself.
    bugs: list[str] = field(default_factory=list)

    def at_work(self) -> list[int]:
        """Process ids of what a deployment has started for this environment: Terraform, providers, keepers."""
        inside = f"/terraform/{self.world.env.name}/"
        return [pid for pid, at in _processes() if at.is_relative_to(self.checkout.root) and inside in f"{at}/"]

    def terraforms(self) -> list[int]:
        """Process ids of Terraform and its providers alone."""
        return [pid for pid in self.at_work() if _program(pid).startswith("terraform")]


@dataclass(frozen=True)
class Drawn:
    """A fault with its values: `strike` does it, at step `step` of a deployment, or before one where that is 0.

    `stands` says what stands before: "" nothing, else what was deployed in one or in two steps. With `changed` the
    deployment brings another configuration. `said` is whether the deployment's own output is read: of what was killed
    nobody reads any.
    """

    name: str
    strike: Callable[[Scene], None]
    step: int = 0
    stands: str = ""
    changed: bool = False
    said: bool = True
    # Whether the request of that step is still carried out.
    carried_out: bool = True
    # How the proxy answers from the step on.
    answers: Callable[[int], Fault] | None = None
    # Address that a plan shows after the fault.
    shown: str = ""


def draw(seed: int) -> Drawn:
    """The fault of a seed."""
    chance = random.Random(seed)
    return FAULTS[seed % len(FAULTS)](chance)


def _at_a_step(chance: random.Random) -> dict[str, Any]:
    """A deployment and one of its steps: the first one, or a change of what stands."""
    which = "change" if chance.random() < 0.35 else "first"
    change = which == "change"
    step = chance.randint(FIRST_STEPS[which], STEPS[which])
    carried_out = chance.random() < 0.5
    return {"step": step, "stands": "once" if change else "", "changed": change, "carried_out": carried_out}


def _kill_us(chance: random.Random) -> Drawn:
    return Drawn("kill -9 of sitechat", lambda scene: _kill(scene.running), **_at_a_step(chance), said=False)


def _kill_terraform(chance: random.Random) -> Drawn:
    def strike(scene: Scene) -> None:
        for pid in scene.terraforms():
            _kill(pid)

    return Drawn("kill -9 of Terraform", strike, **_at_a_step(chance))


def _interrupt(chance: random.Random) -> Drawn:
    number = chance.choice((signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    return Drawn(f"{number.name} to sitechat", lambda scene: _kill(scene.running, number), **_at_a_step(chance))


def _cancelled_job(chance: random.Random) -> Drawn:
    return Drawn("cancelled CI job", _end_job, **_at_a_step(chance), said=False)


def _end_job(scene: Scene) -> None:
    """All processes of the job die, and the next one runs on another runner: with a work folder of its own."""
    for _ in range(2):
        for pid in (scene.running, *scene.at_work()):
            _kill(pid)
    work = scene.checkout.root / ".sitechat"
    for path in (each for each in work.iterdir() if each.name not in ("local", "cache")):
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()


def _ghosts(chance: random.Random) -> Drawn:
    def strike(scene: Scene) -> None:
        _end_job(scene)
        scene.proxy.rewrite = _with_ghosts(scene.world)

    return Drawn("cancelled CI job, ghosts in the tagging API", strike, **_at_a_step(chance), said=False)


def _with_ghosts(world: World) -> Callable[[Asked, bytes], bytes]:
    """Adds what was deleted long ago to the tagging API's answers, under the names of what is configured."""
    place = f"{world.env.region}:{world.env.account_id}"
    ghosts = {
        f"arn:aws:ec2:{place}:vpc/vpc-0123456789abcdef0": f"{world.stem}-net",
        f"arn:aws:ec2:{place}:security-group/sg-0123456789abcdef0": "",
        f"arn:aws:ec2:{place}:route-table/rtb-0123456789abcdef0": f"{world.stem}-out",
        f"arn:aws:sns:{place}:{world.stem}-ghost": "",
        f"arn:aws:logs:{place}:log-group:/{world.env.project}/{world.env.name}/ghost": "",
    }

    def rewrite(asked: Asked, body: bytes) -> bytes:
        if asked.operation != "GetResources":
            return body
        tags = [{"Key": key, "Value": world.env.default_tags[key]} for key in ("Project", "Environment")]
        found = json.loads(body)
        for arn, name in ghosts.items():
            named = [{"Key": "Name", "Value": name}] if name else []
            found["ResourceTagMappingList"].append({"ResourceARN": arn, "Tags": [*tags, *named]})
        return json.dumps(found).encode()

    return rewrite


def _kill_emulator(chance: random.Random) -> Drawn:
    def strike(scene: Scene) -> None:
        scene.emptied = True
        scene.close_proxy()
        for pid in scene.world.straight.pids:
            _kill(pid)

    return Drawn("kill -9 of the emulated AWS", strike, **_at_a_step(chance))


def _lost_answers(chance: random.Random) -> Drawn:
    times = chance.choice((1, 2, 6))
    lost = _at_a_step(chance) | {"carried_out": True}
    return Drawn(
        f"{counted(times, 'answer')} lost",
        lambda scene: None,
        **lost,
        answers=lambda step: Fault(changes_something, 0, "", after=step - 1, times=times, lost=True),
    )


def _throttled(chance: random.Random) -> Drawn:
    times = chance.choice((2, 1_000_000))
    at = _at_a_step(chance) | {"step": chance.randint(1, 12), "carried_out": True}
    return Drawn(
        "throttled twice" if times == 2 else "throttled until the end",
        lambda scene: None,
        **at,
        answers=lambda step: Fault(creates, 400, "Throttling", after=step - 1, times=times),
    )


def _standing(chance: random.Random, stands: str = "once") -> dict[str, Any]:
    return {"stands": stands, "changed": chance.random() < 0.5}


def _state_deleted(chance: random.Random) -> Drawn:
    layer = chance.choice(LAYERS)

    def strike(scene: Scene) -> None:
        scene.world.client("s3").delete_object(**_state(scene, layer))

    return Drawn(f"state object of {layer} deleted", strike, **_standing(chance))


def _newest_deleted(chance: random.Random) -> Drawn:
    layer = chance.choice(LAYERS)

    def strike(scene: Scene) -> None:
        newest = _versions(scene, layer)[0]
        scene.world.client("s3").delete_object(**_state(scene, layer), VersionId=newest["VersionId"])

    return Drawn(f"newest version of the state of {layer} deleted", strike, **_standing(chance, "twice"))


def _state_truncated(chance: random.Random) -> Drawn:
    layer, share = chance.choice(LAYERS), chance.random()

    def strike(scene: Scene) -> None:
        s3 = scene.world.client("s3")
        body = s3.get_object(**_state(scene, layer))["Body"].read()
        s3.put_object(**_state(scene, layer), Body=body[: int(len(body) * share)])

    return Drawn(f"state object of {layer} truncated to {share:.0%}", strike, **_standing(chance))


def _older_state(chance: random.Random) -> Drawn:
    layer = chance.choice(LAYERS)

    def strike(scene: Scene) -> None:
        s3 = scene.world.client("s3")
        oldest = _versions(scene, layer)[-1]["VersionId"]
        body = s3.get_object(**_state(scene, layer), VersionId=oldest)["Body"].read()
        s3.put_object(**_state(scene, layer), Body=body)

    return Drawn(f"older state of {layer} put back", strike, **_standing(chance, "twice"))


def _lock_row(chance: random.Random) -> Drawn:
    layer = chance.choice(LAYERS)
    how = chance.choice(
        ("held by a dead run", "in the table alone", "in the bucket alone", "unreadable", "two holders")
    )

    def strike(scene: Scene) -> None:
        place = _state(scene, layer)
        path = f"{place['Bucket']}/{place['Key']}"
        locks = [_lock(path), _lock(path)]
        in_table = locks[1 if how == "two holders" else 0] if how != "unreadable" else '{"ID": "cut o'
        if how not in ("in the table alone", "unreadable"):
            body = locks[0].encode()
            scene.world.client("s3").put_object(Bucket=place["Bucket"], Key=f"{place['Key']}.tflock", Body=body)
        if how != "in the bucket alone":
            item = {"LockID": {"S": path}, "Info": {"S": in_table}}
            scene.world.client("dynamodb").put_item(TableName=scene.world.env.state_backend.table, Item=item)

    return Drawn(f"lock of {layer} {how}", strike, **_standing(chance))


def _digest(chance: random.Random) -> Drawn:
    layer, gone = chance.choice(LAYERS), chance.random() < 0.5

    def strike(scene: Scene) -> None:
        place, table = _state(scene, layer), scene.world.env.state_backend.table
        row = {"LockID": {"S": f"{place['Bucket']}/{place['Key']}-md5"}}
        dynamodb = scene.world.client("dynamodb")
        if gone:
            dynamodb.delete_item(TableName=table, Key=row)
        else:
            dynamodb.put_item(TableName=table, Item={**row, "Digest": {"S": uuid.UUID(int=0).hex}})

    return Drawn(f"digest of {layer} {'deleted' if gone else 'altered'}", strike, **_standing(chance))


def _by_hand(chance: random.Random) -> Drawn:
    """Somebody's own change: before the deployment, or in the middle of it."""
    name, (change, address) = chance.choice(tuple(HAND_MADE.items()))
    standing = _standing(chance)
    # Without a change of the configuration a deployment only locks and unlocks both states.
    step = chance.choice((0, chance.randint(2, 20 if standing["changed"] else 8)))
    return Drawn(f"by hand: {name}", change, step=step, **standing, shown="" if step else address)


def _shorter_retention(scene: Scene) -> None:
    name = f"/{scene.world.env.project}/{scene.world.env.name}/task"
    scene.world.client("logs").put_retention_policy(logGroupName=name, retentionInDays=1)


def _topic_deleted(scene: Scene) -> None:
    name = f"{scene.world.stem}-jobs"
    arn = f"arn:aws:sns:{scene.world.env.region}:{scene.world.env.account_id}:{name}"
    scene.world.client("sns").delete_topic(TopicArn=arn)
    scene.replaced.append(f"aws_sns_topic/{name}")


def _role_policy_deleted(scene: Scene) -> None:
    scene.world.client("iam").delete_role_policy(RoleName=f"{scene.world.stem}-task", PolicyName="logs")
    scene.replaced.append("aws_iam_role_policy/logs")


def _route_deleted(scene: Scene) -> None:
    ids = scene.world.inventory()[f"aws_route_table/{scene.world.stem}-out"]
    scene.world.client("ec2").delete_route(RouteTableId=ids[0], DestinationCidrBlock="0.0.0.0/0")
    scene.replaced.append(f"aws_route/{scene.world.stem}-out")


def _pattern_changed(scene: Scene) -> None:
    pattern = json.dumps({"source": ["aws.ec2"]})
    scene.world.client("events").put_rule(Name=f"{scene.world.stem}-hour", EventPattern=pattern)


HAND_MADE: dict[str, tuple[Callable[[Scene], None], str]] = {
    "a log group's retention is shorter": (_shorter_retention, "aws_cloudwatch_log_group.task"),
    "a topic is deleted": (_topic_deleted, "aws_sns_topic.jobs"),
    "a role's policy is deleted": (_role_policy_deleted, "aws_iam_role_policy.task"),
    "a route is deleted": (_route_deleted, "aws_route.out"),
    "a rule's pattern is another": (_pattern_changed, "aws_cloudwatch_event_rule.hour"),
}

FAULTS: tuple[Callable[[random.Random], Drawn], ...] = (
    _kill_us,
    _state_deleted,
    _cancelled_job,
    _lost_answers,
    _lock_row,
    _kill_terraform,
    _newest_deleted,
    _throttled,
    _by_hand,
    _ghosts,
    _state_truncated,
    _interrupt,
    _digest,
    _older_state,
    _kill_emulator,
)


def _state(scene: Scene, layer: str) -> dict[str, str]:
    backend = scene.world.env.state_backend
    return {"Bucket": backend.bucket, "Key": backend.key(layer, scene.world.env.region)}


def _versions(scene: Scene, layer: str) -> list[dict[str, Any]]:
    """Versions of a layer's state, the newest first."""
    place = _state(scene, layer)
    found = scene.world.client("s3").list_object_versions(Bucket=place["Bucket"], Prefix=place["Key"])["Versions"]
    return [each for each in found if each["Key"] == place["Key"]]


def _lock(path: str) -> str:
    """A lock as Terraform writes it, of a machine that is gone."""
    info = {"ID": str(uuid.uuid4()), "Operation": "OperationTypeApply", "Info": "", "Who": "ci@gone", "Path": path}
    return json.dumps({**info, "Version": "1.11.4", "Created": "2026-11-29T03:00:00.123456789Z"})


def _kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _processes() -> Iterator[tuple[int, Path]]:
    """All processes, each with the folder it works in."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            yield int(folder.name), (folder / "cwd").readlink()


def _program(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return ""


def wait_for_end(scene: Scene) -> bool:
    """Wait until no Terraform works on the environment any more; False when none did."""
    if not scene.terraforms():
        return False
    deadline = time.monotonic() + END_SECONDS
    while scene.terraforms() and time.monotonic() < deadline:
        time.sleep(0.2)
    return True
