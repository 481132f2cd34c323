"""Where seeds are played: a checkout of two layers with its emulated AWS, and one environment a seed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from config import Environment, load
from local_aws import start
from local_aws.endpoint import RunFiles, read_run, write_run
from pipeline.work import private_dir, write_private
from tests.e2e.checkout import Checkout, Done
from tests.e2e.environment_files import as_toml
from tests.e2e.fault_proxy import Asked, fault_proxy
from tests.e2e.fuzz import app
from tests.e2e.fuzz.faults import Drawn, Scene, changes_something, draw, wait_for_end
from tests.e2e.fuzz.person import LostError, Person
from tests.e2e.fuzz.world import Inventory, World

PROJECT = "fuzz"
COMMAND_SECONDS = 600
WAIVED = (
    ("CKV2_AWS_5", "infrastructure/aws_security_group.web"),
    ("CKV2_AWS_5", "service/aws_security_group.task"),
    ("CKV2_AWS_11", "infrastructure/aws_vpc.net"),
    ("CKV2_AWS_12", "infrastructure/aws_vpc.net"),
)


@dataclass(frozen=True)
class Played:
    """What became of a seed: no `wrongs` is a pass. `step` is 0 for a fault before the deployment."""

    seed: int
    fault: str
    step: int
    typed: int
    seconds: float
    wrongs: tuple[str, ...]
    struck: bool = True

    @property
    def line(self) -> str:
        where = f"at step {self.step}" if self.step else "before"
        missed = "" if self.struck else " (never came so far)"
        end = "ok" if not self.wrongs else f"FAILED: {self.wrongs[0].splitlines()[0]}"
        return f"seed {self.seed:3}: {self.fault}, {where}{missed}; {self.typed} typed, {self.seconds:.0f} s; {end}"


@dataclass
class Stage:
    """A checkout whose `main.py` is `app.py`, on which seeds are played one by one; `logs` gets a file each."""

    checkout: Checkout
    logs: Path
    ended: threading.Event = field(default_factory=threading.Event)
    _log: Path = Path()

    def play(self, seed: int) -> Played:
        """Play one seed. Nothing is raised for what it finds; the log is written whatever happens."""
        began, drawn = time.monotonic(), draw(seed)
        self._log = private_dir(self.logs) / f"seed-{seed}.log"
        stands = {"": "nothing stands", "once": "deployed before", "twice": "deployed before, in two steps"}[
            drawn.stands
        ]
        text = f"seed {seed}: {drawn.name}; step {drawn.step}; {stands}; configuration changed: {drawn.changed}\n"
        write_private(self._log, text.encode())
        typed: list[tuple[str, ...]] = []
        struck = True
        try:
            with self._set(f"s{seed}") as scene:
                wrongs, struck = self._played(scene, drawn, typed)
        except Exception as error:  # a bug of the fuzzer itself, told as such
            wrongs = [f"{type(error).__name__}: {error}"]
        played = Played(seed, drawn.name, drawn.step, len(typed), time.monotonic() - began, tuple(wrongs), struck)
        self._say("", played.line, *wrongs)
        return played

    def _played(self, scene: Scene, drawn: Drawn, typed: list[tuple[str, ...]]) -> tuple[list[str], bool]:
        env = scene.world.env.name
        for days in {"": (), "once": (app.DAYS,), "twice": (None, app.DAYS)}[drawn.stands]:
            self._apply_elsewhere(scene.world, days)
        before = scene.world.inventory()
        if not drawn.step:
            drawn.strike(scene)
            scene.struck.set()
        goal = ("deploy", "--env", env)
        if drawn.shown and drawn.shown not in self._run(("plan", "--env", env)).stdout:
            scene.bugs.append(f"the plan doesn't show what was changed by hand: {drawn.shown}")
        changed = self._environment(env, app.CHANGED_DAYS if drawn.changed else app.DAYS)
        scene.world = replace(scene.world, env=changed)
        said = self._deploy(scene, drawn, goal)
        scene.proxy.heal()
        wrote = [each.operation or each.method for each in scene.proxy.asked if changes_something(each)]
        self._say(f"the deployment's {len(wrote)} steps: {' '.join(wrote)}")
        self._say(f"fault: {drawn.name}, {'struck' if scene.struck.is_set() else 'never struck'}")

        def delete_named(output: str) -> bool:
            named = [each for each in scene.world.unknown_twins() if each in output]
            for each in sorted(named):  # the network itself last, by the alphabet
                self._say(f"deletes by hand: {each}")
                scene.world.delete_by_hand(each)
            return bool(named) and drawn.answers is not None

        person = Person(self._run, lambda: wait_for_end(scene), env, goal, typed, delete_named)
        wrongs = scene.bugs
        try:
            person.follow(said)
        except (LostError, AssertionError) as error:
            wrongs.append(str(error))
        return [*wrongs, *self._wrongs(scene, {} if scene.emptied else before)], scene.struck.is_set()

    def _wrongs(self, scene: Scene, before: Inventory) -> list[str]:
        try:
            return scene.world.wrongs(before, replaced=tuple(scene.replaced))
        except AssertionError as error:  # the emulated AWS was never started again
            return [str(error)]

    def _deploy(self, scene: Scene, drawn: Drawn, goal: tuple[str, ...]) -> Done | None:
        """Deploy, with the fault at its step. None when nobody reads what it said."""
        scene.proxy.asked.clear()
        if drawn.step:
            self._arm(scene, drawn)
        done = self._run((*goal, "--yes"), scene)
        if scene.striking.is_set():  # what it killed may be gone before all of it is done
            scene.struck.wait(COMMAND_SECONDS)
        return done if drawn.said else None

    def _arm(self, scene: Scene, drawn: Drawn) -> None:
        """Let the fault strike at its step; what it does comes before that request is carried out."""
        step, count, turn = drawn.step, 0, threading.Lock()
        if drawn.answers is not None:
            scene.proxy.inject(drawn.answers(step))

        def before(asked: Asked) -> bool:
            nonlocal count
            if not changes_something(asked):
                return True
            with turn:
                count += 1
                mine = count == step
            if mine:
                end = "" if drawn.carried_out else ", not carried out"
                self._say(f"step {step}: {asked.operation or asked.method} {asked.path}{end}")
                scene.striking.set()
                try:
                    drawn.strike(scene)
                except Exception as error:  # in a thread of the proxy, where nobody would see it
                    scene.bugs.append(f"the fault failed: {type(error).__name__}: {error}")
                scene.struck.set()
                return drawn.carried_out
            return True

        scene.proxy.before = before

    def _run(self, words: tuple[str, ...], scene: Scene | None = None) -> Done:
        """Run a command, as typed; its process is `scene.running` meanwhile."""
        if self.ended.is_set():
            raise LostError("the fuzzer was ended")
        self._say("", f"$ sitechat {' '.join(words)}")
        began = time.monotonic()
        argv = (sys.executable, "-m", "tests.e2e.fuzz.command", *words)

        def started(pid: int) -> None:
            if scene is not None:
                scene.running = pid

        done = self.checkout.run(argv, seconds=COMMAND_SECONDS, started=started)
        self._say(done.output.rstrip(), f"({time.monotonic() - began:.1f} s)")
        return done

    def _say(self, *lines: str) -> None:
        with self._log.open("a") as log:
            log.write("\n".join((*lines, "")))

    def end(self) -> None:
        """End what runs; nothing is started any more."""
        self.ended.set()
        self.checkout.end()

    @contextmanager
    def _set(self, env: str) -> Iterator[Scene]:
        """An environment of its own, whose requests go through a proxy."""
        files = RunFiles(self.checkout.work.local)
        start(self.checkout.work.local)
        straight = read_run(files)
        assert straight is not None
        self._create_backend()
        world = World(self.checkout, self._environment(env, app.DAYS), straight)
        with ExitStack() as stack:
            proxy = stack.enter_context(fault_proxy(straight))
            write_run(files, replace(straight, url=proxy.url))
            yield Scene(self.checkout, world, proxy, stack.close)
        now = read_run(files)
        if now is not None and now.run_id == straight.run_id:
            write_run(files, straight)

    def _create_backend(self) -> None:
        """Create what bootstrap creates, as far as states and their versions need it; once a run of the emulators."""
        backend, s3 = self._environment("first", app.DAYS).state_backend, self.checkout.client("s3")
        if backend.bucket in (each["Name"] for each in s3.list_buckets()["Buckets"]):
            return
        s3.create_bucket(Bucket=backend.bucket)
        s3.put_bucket_versioning(Bucket=backend.bucket, VersioningConfiguration={"Status": "Enabled"})
        self.checkout.client("dynamodb").create_table(
            TableName=backend.table,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        )

    def _environment(self, name: str, days: int) -> Environment:
        """Write the environment's file, alone among the environments."""
        path = self.checkout.root / "environments" / f"{name}.toml"
        for other in path.parent.glob("*.toml"):
            other.unlink()
        plain: dict[str, Any] = {
            "account_id": "123456789012",
            "project": PROJECT,
            "protection": False,
            "auto_approve": True,
            "emulator": {"enabled": True},
            "provider": {"s3_path_style": True, "max_retries": 2},
            "logs": {"retention_days": days},
            "state": {"lock": "both"},
        }
        path.write_text(as_toml(plain))
        return load(path)

    def _apply_elsewhere(self, world: World, days: int | None) -> None:
        """Apply both layers as another machine would, with stock Terraform; without `days` only parts of them."""
        env = self._environment(world.env.name, days or app.DAYS)
        with tempfile.TemporaryDirectory() as folder:
            for layer, config in app.layers(env).items():
                if days is None:
                    config["resource"] = {
                        kind: config["resource"][kind] for kind in PARTS if kind in config["resource"]
                    }
                at = Path(folder, layer)
                at.mkdir()
                (at / "cdk.tf.json").write_text(json.dumps(config))
                for words in (("init",), ("apply", "-auto-approve")):
                    argv = ("terraform", words[0], "-input=false", "-no-color", *words[1:])
                    variables = self.checkout.stock_variables()
                    done = subprocess.run(argv, cwd=at, env=variables, capture_output=True, text=True, timeout=120)
                    assert done.returncode == 0, done.stdout + done.stderr


# What stands after the first of two applies: the outputs need these.
PARTS = ("aws_vpc", "aws_iam_role", "aws_sns_topic", "aws_cloudwatch_log_group")


@contextmanager
def stage(logs: Path) -> Iterator[Stage]:
    """Make a stage whose processes and files are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="sitechat-fuzz-") as folder:
        made = Checkout.copy(Path(folder) / "sitechat")
        shutil.copy(made.root / "tests" / "e2e" / "fuzz" / "app.py", made.root / "main.py")
        (made.root / "policies" / "waivers.toml").write_text("\n".join(map(_waiver, WAIVED)))
        try:
            start(made.work.local)
            yield Stage(made, logs)
        finally:
            made.end()


def _waiver(waived: tuple[str, str]) -> str:
    check, address = waived
    values = {"check": check, "address": address, "environments": "all", "kind": "decision", "owner": "platform"}
    why = {"reason": "two layers that only the fuzzer deploys, on the emulated AWS alone"}
    lines = [f"{key} = {json.dumps(value)}" for key, value in (values | why).items()]
    expires = datetime.now(UTC).date() + timedelta(days=300)
    return "\n".join(["[[waiver]]", *lines, f"expires = {expires}", ""])
