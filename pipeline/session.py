"""Session: what a command needs to work on AWS, namely environment, work folder, Terraform, and its variables."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.aws import NoAnswer, asked, failed_to, find_account, make_client, read_lock, read_state
from pipeline.aws.client import with_profile
from pipeline.aws.kept import KeptRecords, caller_names
from pipeline.errors import EMULATED_ANEW, ExitCode, SitechatError, lock_holder
from pipeline.synth.cache import environment_file
from pipeline.synth.layers import Layer, lay_out
from pipeline.terraform import Terraform, command, tools
from pipeline.terraform.failures import explain_locks, explain_mismatch, explain_refusal
from pipeline.terraform.runs import Run, Runs, settle_runs
from pipeline.work import Work, private_dir, repo_root

if TYPE_CHECKING:
    from config import Environment

# Prefixes of variables that change what Terraform does, unseen by the user; removed before it runs.
REMOVED_PREFIXES = ("TF_CLI_ARGS", "TF_VAR_", "TF_WORKSPACE", "TF_DATA_DIR", "TF_CLI_CONFIG_FILE", "TF_INPUT")


_CLIENTS_LOCK = threading.Lock()
# Between two looks at a lock that somebody holds.
LOCK_PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class Session:
    """Access of one command to one environment. `env_ref` is the value of --env; `binary` is Terraform."""

    env: Environment
    env_ref: str
    work: Work
    variables: Mapping[str, str]
    binary: Path
    run: Run = field(init=False, repr=False, compare=False)
    _clients: dict[str, tuple[Any, Any]] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Prepare the record of what this command starts; it begins with its first Terraform process."""
        object.__setattr__(self, "run", Run(self.work.logs(self.env.name), self.env.name))

    def terraform(self, directory: Path, layer: str, report: Callable[[str], None] | None = None) -> Terraform:
        """Terraform in a working directory of this environment."""
        settings: dict[str, Any] = {} if report is None else {"report": report}
        return Terraform(directory, self.variables, self.binary, self.env.name, layer, run=self.run, **settings)

    def opened(self, layer: Layer, report: Callable[[str], None] | None = None) -> Terraform:
        """Terraform in the layer's own working directory, with exactly its files, initialised with its backend."""
        directory = private_dir(self.work.terraform(self.env.name) / layer.name)
        lay_out(layer, directory)
        terraform = self.terraform(directory, layer.name, report)
        terraform.init()
        return terraform

    def read_state(self, layer: Layer) -> dict[str, Any] | None:
        """State of a layer, read from its backend without Terraform; None when it was never applied.

        Raises SitechatError: 3 without the bucket or credentials, 6 for a state that isn't the one the lock table
        remembers, or that can't be read.
        """
        return self._read_state(layer.name, layer.backend)

    def read_stored(self, layer: str, scope: str) -> dict[str, Any] | None:
        """State of the layer called `layer`, without synthesising it; `scope` is the home region, or "global".

        Returns None, and raises SitechatError, as `read_state` does.
        """
        state = self.env.state_backend
        backend = {"bucket": state.bucket, "key": state.key(layer, scope), "region": state.region}
        if self.env.state.lock in ("both", "dynamodb"):
            backend["dynamodb_table"] = state.table
        return self._read_state(layer, backend)

    def _read_state(self, layer: str, backend: Mapping[str, Any]) -> dict[str, Any] | None:
        return read_state(
            *self._state_clients(backend),
            backend,
            otherwise=self._explain(layer),
            mismatch=partial(explain_mismatch, env=self.env.name, layer=layer),
        )

    def read_lock(self, layer: Layer) -> dict[str, Any] | None:
        """Lock that somebody holds on a layer's state, as Terraform describes it; None when it is free."""
        return read_lock(*self._state_clients(layer.backend), layer.backend, otherwise=self._explain(layer.name))

    def lock_notice(self, layer: Layer) -> str | None:
        """Line that says who holds a layer's lock, to be shown before Terraform waits for it; None when it is free."""
        lock = self.read_lock(layer)
        return None if lock is None else _held(layer, lock)

    def await_locks(self, layers: Collection[Layer], note: Callable[[str], None]) -> None:
        """Say at once who holds locks on the states of `layers`, and wait for all of them together.

        Raises SitechatError (7) when one is still held after `LOCK_SECONDS`: Terraform would wait as long once more for
        each of them.
        """
        deadline = time.monotonic() + command.LOCK_SECONDS
        waiting: tuple[Layer, ...] = tuple(layers)
        told: set[str] = set()
        while True:
            with ThreadPoolExecutor(max(1, len(waiting))) as pool:
                found = zip(waiting, pool.map(self.read_lock, waiting), strict=True)
                held = [(layer, lock) for layer, lock in found if lock is not None]
            for layer, lock in held:
                if layer.name not in told:
                    note(_held(layer, lock))
                    told.add(layer.name)
            if not held:
                return
            if time.monotonic() >= deadline:
                raise explain_locks({layer.name: lock for layer, lock in held}, env=self.env.name)
            waiting = tuple(layer for layer, _ in held)
            time.sleep(LOCK_PAUSE_SECONDS)

    def kept_records(self, folder: str, what: str) -> KeptRecords:
        """Records beside the environment's states, in `folder`; `what` is how messages call them."""
        state = self.env.state_backend
        return KeptRecords(
            client=self.client("s3", state.region),
            bucket=state.bucket,
            account=self.env.account_id,
            prefix=f"{state.project}/{state.env}/{folder}/",
            what=what,
            no_bucket=SitechatError(
                f"{self.env.name} has no state bucket, which would keep {what}",
                hint=f"Create it with `sitechat bootstrap --env {self.env_ref}`.",
                code=ExitCode.MISSING,
            ),
        )

    def caller(self) -> tuple[str, str]:
        """Role and session name of whoever runs this; "unknown" where STS doesn't say."""
        try:
            answer = asked(self.client("sts").get_caller_identity, otherwise=failed_to("say who this is"))
        except SitechatError:
            return "unknown", ""
        return caller_names(str(answer["Arn"]))

    def _explain(self, layer: str) -> Callable[[NoAnswer], SitechatError]:
        return lambda reason: explain_refusal(reason.text, env=self.env.name, layer=layer)

    def _state_clients(self, backend: Mapping[str, Any]) -> tuple[Any, Any]:
        """Clients of S3 and DynamoDB in the state's region, made once: making them is slow and not thread-safe."""
        region = str(backend.get("region", self.env.region))
        with _CLIENTS_LOCK:
            if region not in self._clients:
                self._clients[region] = (self.client("s3", region), self.client("dynamodb", region))
            return self._clients[region]

    def client(self, service: str, region: str | None = None, *, read_seconds: int | None = None) -> Any:
        """A boto3 client of the account, in the environment's region unless `region` is given."""
        return make_client(self.env, service, region or self.env.region, self.variables, read_seconds=read_seconds)


def _held(layer: Layer, lock: Mapping[str, Any]) -> str:
    holder = lock_holder(*(str(lock.get(key) or "") for key in ("Who", "Operation", "Created")))
    return f"{layer.name}: its state is locked by {holder}; waiting for it"


def load_environment(env_ref: str) -> Environment:
    """Load the environment `env_ref`. Raises ConfigError, which the command line prints with every problem."""
    from config import load

    return load(env_ref)


def open_session(env_ref: str, *, needs_terraform: bool = True, profile: str = "") -> Session:
    """Open a session, with the credentials of this shell or of a `profile`; the cheapest checks come first.

    One for Terraform waits for what an earlier command, which was killed, has left at work in this environment.

    Raises SitechatError: 3 for a missing tool, emulator, account id or credentials; 2 when the emulated AWS has another
    account id; 130 for an interrupt while it waits.
    """
    env = load_environment(env_ref)
    work = Work(repo_root())
    if env.emulated:
        work, variables = _emulator_work(env, work)
    else:
        refuse_placeholder(env, env_ref)
        variables = with_profile(os.environ, profile) if profile else dict(os.environ)
    binary = tools.find_terraform() if needs_terraform else Path("terraform")
    session = Session(env, env_ref, work, terraform_variables(variables, work), binary)
    if not env.emulated:
        _check_account(session)
    if needs_terraform:
        settle_runs(work.logs(env.name), env_ref)
    return session


def logged_runs(env_ref: str) -> tuple[str, Runs]:
    """Name of an environment, and its runs that are kept here; needs no account, nor a file without mistakes.

    Each run of the emulated AWS has its own; once that is stopped they are those of its last run. Raises ConfigError
    for a file that can't be read and of which nothing is kept.
    """
    from config import ConfigError

    work = Work(repo_root())
    try:
        env = load_environment(env_ref)
    except ConfigError:
        name = Path(env_ref).stem
        found = [*work.runs.glob(f"*/logs/{name}"), *work.root.glob(f".sitechat/logs/{name}")]
        if not found:
            raise
        return name, Runs(max(found, key=lambda path: path.stat().st_mtime))
    if env.emulated:
        import local_aws

        endpoint = local_aws.status(work.local)
        if endpoint is not None:
            return env.name, Runs(Work(work.root, run=endpoint.run_id).logs(env.name))
        found = sorted(work.runs.glob(f"*/logs/{env.name}"), key=lambda path: path.stat().st_mtime)
        return env.name, Runs(found[-1] if found else work.logs(env.name))
    return env.name, Runs(work.logs(env.name))


def _emulator_work(env: Environment, work: Work) -> tuple[Work, dict[str, str]]:
    import local_aws

    endpoint = local_aws.status(work.local)
    if endpoint is None:
        raise SitechatError(
            f"{env.name} lives in the emulated AWS, which is not running; what was in it is gone",
            hint=EMULATED_ANEW,
            code=ExitCode.MISSING,
        )
    if endpoint.account_id != env.account_id:
        raise SitechatError(
            f"the emulated AWS is account {endpoint.account_id}, {env.name} is for account {env.account_id}",
            hint=f'Set account_id = "{endpoint.account_id}" in {env.name}.toml.',
            code=ExitCode.USAGE,
        )
    return Work(work.root, run=endpoint.run_id), local_aws.redirect_variables(endpoint, dict(os.environ))


def refuse_placeholder(env: Environment, env_ref: str) -> None:
    """Raise SitechatError (3) for the placeholder account of a fresh clone, naming the line to edit."""
    if not env.account_is_placeholder:
        return
    path = environment_file(env_ref)
    lines = path.read_text(encoding="utf-8").splitlines()
    number = next((n for n, line in enumerate(lines, 1) if line.split("=")[0].strip() == "account_id"), 1)
    raise SitechatError(
        f"{path}:{number}: account_id = {env.account_id!r} is the placeholder of a fresh clone",
        hint="Put the 12 digits of your AWS account there. Synth, scan and cost work without.",
        code=ExitCode.MISSING,
    )


def terraform_variables(variables: Mapping[str, str], work: Work) -> dict[str, str]:
    """Environment variables for Terraform: without REMOVED_PREFIXES, and with the place where providers come from."""
    kept = {name: value for name, value in variables.items() if not name.startswith(REMOVED_PREFIXES)}
    config = tools.cli_config(work)
    if config is not None:
        kept["TF_CLI_CONFIG_FILE"] = str(config)
    else:
        kept.setdefault("TF_PLUGIN_CACHE_DIR", str(private_dir(work.cache / "plugins")))
    return kept | {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}


def _check_account(session: Session) -> None:
    """Raise SitechatError (3) when the credentials are missing or of another account."""
    found = find_account(lambda: session.client("sts"), session.env.account_id)
    if found != session.env.account_id:
        raise SitechatError(
            f"these credentials are for account {found}; {session.env.name} is account {session.env.account_id}",
            hint="Switch AWS_PROFILE, or name the environment of that account with --env.",
            code=ExitCode.MISSING,
        )
