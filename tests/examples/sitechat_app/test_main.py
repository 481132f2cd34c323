"""Start and end of the process."""

from __future__ import annotations

import json
import socket
import time

from examples.sitechat_app.settings import load_settings
from tests.examples.sitechat_app.conftest import SESSION_KEY, aws_variables
from tests.examples.sitechat_app.running_app import KEEPALIVE, RunningApp, Start, events, refused_start


def test_missing_variables_end_it_with_one_line_and_code_2() -> None:
    finished = refused_start()
    assert finished.returncode == 2
    assert finished.stderr == ""
    (line,) = finished.stdout.splitlines()
    entry = json.loads(line)
    assert entry["level"] == "ERROR"
    for name in ("AWS_REGION", "SITECHAT_MODEL_ID", "SITECHAT_EMBEDDING_MODEL_ID", "SITECHAT_SESSION_KEY"):
        assert f"{name} is not set" in entry["message"]


def test_a_wrong_secret_is_refused_without_being_shown() -> None:
    finished = refused_start(**{**aws_variables("https://search.example"), "SITECHAT_SESSION_KEY": "hunter2"})
    assert finished.returncode == 2
    assert "SITECHAT_SESSION_KEY is too short" in finished.stdout
    assert "hunter2" not in finished.stdout


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        finished = refused_start(SITECHAT_MODE="local", PORT=str(port))
    assert finished.returncode == 2
    assert f"port {port}" in json.loads(finished.stdout)["message"]


def test_local_mode_listens_on_loopback_only(local_app: RunningApp) -> None:
    (listening,) = [entry for entry in local_app.logs if entry["message"] == "listening"]
    assert listening["address"] == "127.0.0.1"


def test_aws_mode_listens_on_all_addresses_by_default() -> None:
    variables = aws_variables("https://search.example")
    del variables["SITECHAT_BIND_ADDRESS"]
    assert load_settings(variables).bind_address == "0.0.0.0"


def test_sigterm_when_idle_exits_0(start: Start) -> None:
    assert start(SITECHAT_MODE="local").stop() == 0


def test_sigterm_finishes_a_running_stream_and_accepts_no_new_one(start: Start) -> None:
    app = start(SITECHAT_MODE="local", SITECHAT_LOCAL_FIRST_TOKEN_SECONDS="0", SITECHAT_LOCAL_TOKEN_SECONDS="0.1")
    answer = events(app.ask("How much is a season pass?"))
    while next(answer)[0] != "token":
        pass
    app.terminate()
    rest: list[str] = []
    refused_while_streaming = False
    for name, _ in answer:
        rest.append(name)
        refused_while_streaming |= name == "token" and not _accepts(app.port)
    assert rest[-2:] == ["sources", "done"]
    assert refused_while_streaming
    assert app.wait() == 0
    assert [entry["outcome"] for entry in app.logs if entry["message"] == "answer"] == ["answered"]


def test_after_sigterm_new_requests_are_answered_for_a_while_and_streams_finish(start: Start) -> None:
    stop_timeout, grace = 12, 3
    app = start(
        SITECHAT_MODE="local",
        SITECHAT_LOCAL_FIRST_TOKEN_SECONDS="0",
        SITECHAT_LOCAL_TOKEN_SECONDS="0.1",
        SITECHAT_STOP_TIMEOUT_SECONDS=str(stop_timeout),
        SITECHAT_STOP_GRACE_SECONDS=str(grace),
    )
    running = events(app.ask("How much is a season pass?"))
    while next(running)[0] != "token":
        pass
    signalled = time.monotonic()
    app.terminate()
    assert app.logged("stopping")["grace_seconds"] == grace
    time.sleep(2)
    health = app.request("GET", "/health")
    assert (health.status, health.getheader("connection")) == (200, "close")
    late = events(app.ask("Are dogs allowed?"))
    assert [name for name, _ in running][-2:] == ["sources", "done"]
    assert [name for name, _ in late][-2:] == ["sources", "done"]
    assert app.wait() == 0
    assert grace <= time.monotonic() - signalled < stop_timeout
    assert not _accepts(app.port)
    assert [entry["outcome"] for entry in app.logs if entry["message"] == "answer"] == ["answered", "answered"]


def test_a_second_signal_ends_the_grace(start: Start) -> None:
    app = start(SITECHAT_MODE="local", SITECHAT_STOP_TIMEOUT_SECONDS="120", SITECHAT_STOP_GRACE_SECONDS="60")
    assert app.request("GET", "/health").status == 200, "the server has its signal handlers"
    app.terminate()
    app.logged("stopping")
    assert app.stop() == 0


def test_a_stuck_stream_is_cut_before_the_stop_timeout(start: Start) -> None:
    app = start(SITECHAT_MODE="local", SITECHAT_LOCAL_FIRST_TOKEN_SECONDS="600", SITECHAT_STOP_TIMEOUT_SECONDS="2")
    answer = events(app.ask("How much is a season pass?"))
    assert next(answer)[0] == KEEPALIVE
    assert app.stop() == 0
    assert [entry["outcome"] for entry in app.logs if entry["message"] == "answer"] == ["abandoned"]


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def test_session_key_stays_out_of_the_output(start: Start) -> None:
    app = start(SITECHAT_MODE="local", SITECHAT_SESSION_KEY=SESSION_KEY, SITECHAT_LOG_LEVEL="DEBUG")
    app.answer("Are dogs allowed?")
    app.stop()
    assert app.logs
    assert SESSION_KEY not in app.output
