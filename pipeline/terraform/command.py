"""Terraform commands that the pipeline uses, in one working directory."""

from __future__ import annotations

import hashlib
import json
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import ExitCode, SitechatError
from pipeline.terraform import failures, plugin_cache, process
from pipeline.terraform.progress import Progress
from pipeline.terraform.runs.writing import Run
from pipeline.work import PRIVATE_FILE, private_dir, write_private

# Wall-clock limits in seconds. A dead endpoint fails in about 30 s by itself; these end runs that would hang.
INIT_SECONDS = 600
READ_SECONDS = 300
IMPORT_SECONDS = 600
PLAN_SECONDS = 1800
# An OpenSearch domain and a CloudFront distribution take up to half an hour each, an update of a busy service more.
APPLY_SECONDS = 4 * 3600
# Wait for a lock that another run holds.
LOCK_SECONDS = 20

STAMP = ".terraform/sitechat-init"
LOCK_FILE = ".terraform.lock.hcl"
# Checksums of the accepted provider packages. Terraform may add more to a layer's copy.
PROVIDERS = Path(__file__).with_name("providers.lock.hcl")
CHANGES = 2
# Commands that change resources or states.
CHANGING = frozenset({"apply", "import"})
# Commands whose output is logged. That of any other is data, with values in clear, and never touches the disk.
LOGGED = frozenset({"apply", "import", "init", "plan", "validate"})


def _silent(text: str) -> None:
    """Ignore progress, for callers that show none."""


@dataclass(frozen=True)
class Terraform:
    """Terraform in `dir`, which holds `cdk.tf.json`, with exactly the variables `env`.

    `env_name` and `layer` are for messages. With a `run` it outlives us, and what it prints is logged there. Every
    method raises SitechatError with the documented exit code.
    """

    dir: Path
    env: Mapping[str, str]
    binary: Path = Path("terraform")
    env_name: str = ""
    layer: str = ""
    report: Callable[[str], None] = field(default=_silent, compare=False)
    run: Run | None = field(default=None, compare=False)

    def init(self, *, migrate: bool = False) -> bool:
        """Install providers and connect the backend; False when nothing has changed since the last time.

        Only the configuration says where the state is: nothing is copied between backends unless `migrate`. A provider
        whose checksum isn't the published one is refused (5), whatever its source. A provider cache that isn't filled
        yet is filled by one init alone, whichever command it belongs to.
        """
        stamp = self._stamp()
        stamp_file = self.dir / STAMP
        if not migrate and stamp_file.is_file() and stamp_file.read_text(encoding="utf-8") == stamp:
            return False
        stamp_file.unlink(missing_ok=True)
        locked = PROVIDERS.read_bytes()
        (self.dir / LOCK_FILE).write_bytes(locked)
        how = ("-migrate-state", "-force-copy") if migrate else ("-reconfigure",)
        with plugin_cache.turn(plugin_cache.plugin_cache(self.env), locked, self.report):
            self._checked("init", *how, limit=INIT_SECONDS)
        stamp_file.write_text(stamp, encoding="utf-8")
        return True

    def validate(self) -> None:
        """Check the configuration against the provider's schema."""
        self._checked("validate", limit=READ_SECONDS, input_flag=False)

    def plan(self, out: Path, *, destroy: bool = False, targets: Sequence[str] = (), refresh: bool = True) -> bool:
        """Write a saved plan, readable by its owner alone, to `out`; True when it holds changes.

        A failed plan leaves no file: Terraform writes one that could be mistaken for a plan.
        """
        private_dir(out.parent)
        out.unlink(missing_ok=True)
        flags = [f"-out={out}", "-detailed-exitcode", f"-lock-timeout={LOCK_SECONDS}s"]
        flags += ["-destroy"] if destroy else []
        flags += [] if refresh else ["-refresh=false"]
        flags += [f"-target={target}" for target in targets]
        finished = self._run("plan", *flags, limit=PLAN_SECONDS)
        if finished.stopped or finished.status not in (0, CHANGES):
            out.unlink(missing_ok=True)
            raise self._failure(finished)
        out.chmod(PRIVATE_FILE)
        return finished.status == CHANGES

    @contextmanager
    def files_beside(self, files: Mapping[str, str]) -> Iterator[None]:
        """Put files beside the layer's own while inside. `lay_out` removes those that a killed run left."""
        try:
            for name, text in files.items():
                write_private(self.dir / name, text.encode())
            yield
        finally:
            for name in files:
                (self.dir / name).unlink(missing_ok=True)

    def try_plan(self, out: Path, *, targets: Sequence[str]) -> str:
        """Write a saved plan of `targets` to `out`. Returns Terraform's errors; empty when there are none."""
        flags = [f"-out={out}", f"-lock-timeout={LOCK_SECONDS}s", *(f"-target={target}" for target in targets)]
        finished = self._run("plan", *flags, limit=PLAN_SECONDS)
        if finished.stopped:
            raise self._failure(finished)
        if finished.status != 0:
            return finished.stdout + finished.stderr
        out.chmod(PRIVATE_FILE)
        return ""

    def show_plan(self, path: Path) -> dict[str, Any]:
        """Terraform's JSON of a saved plan. Raises SitechatError (5) for a plan that ended with an error."""
        plan = self._json("show", "-json", str(path))
        if plan.get("errored"):
            raise SitechatError(
                f"the plan of {self.layer} is incomplete: planning ended with an error",
                hint=f"Plan again with `sitechat plan --env {self.env_name}`.",
                code=ExitCode.REFUSED,
            )
        return plan

    def apply(self, plan: Path, *, total: int = 0) -> None:
        """Apply a saved plan; `total` is the number of changes, for the progress display."""
        self._checked("apply", f"-lock-timeout={LOCK_SECONDS}s", str(plan), limit=APPLY_SECONDS, total=total)

    def import_resource(self, address: str, import_id: str) -> None:
        """Import an AWS resource into the state, under an address that the configuration has and the state lacks."""
        flag = f"-lock-timeout={LOCK_SECONDS}s"
        self._checked("import", flag, address, import_id, limit=IMPORT_SECONDS)

    def _json(self, *arguments: str) -> dict[str, Any]:
        return _parsed(self._checked(*arguments, limit=READ_SECONDS, input_flag=False))

    def _checked(self, *arguments: str, limit: float, input_flag: bool = True, total: int = 0) -> str:
        finished = self._run(*arguments, limit=limit, input_flag=input_flag, total=total)
        if finished.status != 0 or finished.stopped:
            raise self._failure(finished, changing=arguments[0] in CHANGING or "-migrate-state" in arguments)
        return finished.stdout

    def _run(self, *arguments: str, limit: float, input_flag: bool = True, total: int = 0) -> process.FinishedProcess:
        flags = [*(["-input=false"] if input_flag else []), "-no-color"]
        argv: list[str | Path] = [self.binary, arguments[0], *flags, *arguments[1:]]
        kept = None
        if self.run is not None and arguments[0] in LOGGED and "-json" not in arguments:
            kept = self.run.process(self.layer, [str(each) for each in argv[1:]], limit, total)
        return process.run_process(
            argv, cwd=self.dir, env=self.env, limit_seconds=limit, on_line=Progress(self.report, total), kept=kept
        )

    def _failure(self, finished: process.FinishedProcess, *, changing: bool = False) -> SitechatError:
        """The error for a failed command. The next run calls `init` again, as its results may be what is missing."""
        (self.dir / STAMP).unlink(missing_ok=True)
        return failures.explain_failure(
            finished.stdout + finished.stderr,
            env=self.env_name,
            layer=self.layer,
            directory=str(self.dir),
            changing=changing,
            stopped=finished.stopped or ("killed" if finished.status == -signal.SIGKILL else ""),
        )

    def _stamp(self) -> str:
        """Hash of what `init` depends on: backend and provider settings, the binary, and the source of providers."""
        config = json.loads((self.dir / "cdk.tf.json").read_text(encoding="utf-8"))
        mirror = Path(self.env.get("TF_CLI_CONFIG_FILE", ""))
        parts = {
            "terraform": config.get("terraform", {}),
            "providers": PROVIDERS.read_text(encoding="utf-8"),
            "binary": str(self.binary),
            "mirror": mirror.read_text(encoding="utf-8") if mirror.is_file() else "",
            "endpoint": self.env.get("AWS_ENDPOINT_URL", ""),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _parsed(text: str) -> dict[str, Any]:
    """The JSON object in `text`, after warnings (a deprecated backend setting) that Terraform prints on stdout too."""
    decoded = json.JSONDecoder().raw_decode(text[text.index("{") :])[0] if "{" in text else {}
    return dict(decoded)
