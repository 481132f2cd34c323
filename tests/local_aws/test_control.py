"""Starting, reusing and ending a run; the operating system tells which processes are left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local_aws import Endpoint, LocalAwsError, start, status, stop
from local_aws.endpoint import SEARCH_DOMAIN, RunFiles, write_run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "local"
    stop(tmp_path / "local")


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def gone(pids: tuple[int, ...], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while any(exists(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(exists(pid) for pid in pids)


def processes_naming(text: str) -> list[str]:
    listed = subprocess.run(["ps", "-eww", "-o", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if text in line and "supervisor" in line]


def test_every_run_has_a_search_domain(endpoint: Endpoint, client: Callable[..., Any]) -> None:
    described = client("opensearch").describe_domain(DomainName=SEARCH_DOMAIN)["DomainStatus"]
    assert described["Endpoint"].startswith("127.0.0.1:")


def test_start_twice_is_one_run_and_stop_leaves_nothing(folder: Path) -> None:
    said: list[str] = []
    first = start(folder, progress=said.append)
    second = start(folder, region="eu-west-1", progress=said.append)
    assert replace(second, region="us-east-1") == first
    assert second.region == "eu-west-1"
    assert status(folder) == first
    written = json.loads(RunFiles(folder).run.read_text(encoding="utf-8"))
    assert (written["url"], written["pids"]) == (first.url, list(first.pids))
    assert len(first.pids) == 3
    assert all(exists(pid) for pid in first.pids)
    assert first.url in said[-1]

    assert stop(folder) is True
    assert not any(exists(pid) for pid in first.pids)
    assert status(folder) is None
    assert stop(folder) is False
    assert not RunFiles(folder).scratch.exists()


def test_the_emulators_end_with_a_killed_supervisor(folder: Path) -> None:
    run = start(folder)
    os.kill(run.pids[0], signal.SIGKILL)
    assert gone(run.pids[1:])
    assert status(folder) is None
    again = start(folder)
    assert again.run_id != run.run_id


def test_the_supervisor_ends_with_an_emulator(folder: Path) -> None:
    run = start(folder)
    os.kill(run.pids[2], signal.SIGKILL)
    assert gone(run.pids)
    assert status(folder) is None


def test_a_stale_file_is_not_believed_and_its_process_not_touched(folder: Path) -> None:
    folder.mkdir()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        run = start(folder)
        stop(folder)
        write_run(RunFiles(folder), replace(run, pids=(stranger.pid,)))
        assert status(folder) is None
        assert stop(folder) is False
        assert stranger.poll() is None
        assert not RunFiles(folder).run.exists()
        stranger.communicate(b"\n")


def test_a_damaged_file_is_no_run(folder: Path) -> None:
    folder.mkdir()
    RunFiles(folder).run.write_text("{", encoding="utf-8")
    assert status(folder) is None


def test_interrupted_start_leaves_nothing(folder: Path) -> None:
    # A test run in the background may have been told to ignore Ctrl-C; this command is not to inherit that.
    heed = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{heed}; from pathlib import Path; from local_aws import start; start(Path({str(folder)!r}))"
    command = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 10
    while not processes_naming(str(folder)) and time.monotonic() < deadline:
        time.sleep(0.02)
    command.send_signal(signal.SIGINT)
    _, problem = command.communicate(timeout=30)
    assert b"KeyboardInterrupt" in problem
    assert processes_naming(str(folder)) == []
    assert status(folder) is None


def test_state_does_not_outlive_a_run(folder: Path) -> None:
    import boto3

    def buckets(url: str) -> list[str]:
        keys = {"aws_access_key_id": "123456789012", "aws_secret_access_key": "x", "region_name": "us-east-1"}
        s3 = boto3.client("s3", endpoint_url=url, **keys)
        names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
        s3.create_bucket(Bucket="remembered")
        return names

    buckets(start(folder).url)
    stop(folder)
    assert buckets(start(folder).url) == []


def test_missing_emulators_say_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITECHAT_EMULATORS_VENV", str(folder / "nowhere"))
    with pytest.raises(LocalAwsError) as refused:
        start(folder)
    assert "nowhere" in refused.value.message
    assert "make setup" in refused.value.hint
