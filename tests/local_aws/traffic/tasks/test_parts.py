"""Addresses, users, variables, health and logs of containers, each by itself."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from local_aws.images import ImageSettings, StoredImage
from local_aws.traffic.clock import Clock
from local_aws.traffic.tasks.addresses import UNKNOWN_SUBNET, Addresses
from local_aws.traffic.tasks.deployed import HealthCheck
from local_aws.traffic.tasks.environment import Surroundings, environment_of, sends_spans
from local_aws.traffic.tasks.health import HealthWatch
from local_aws.traffic.tasks.logs import ERRORS, LONGEST_LINE, OUTPUT, Log
from local_aws.traffic.tasks.users import Account, account_of

SUBNETS = (("a", "10.0.0.0/28"), ("b", "10.0.1.0/28"))


def test_addresses_are_spread_and_not_used_again_at_once() -> None:
    addresses = Addresses()
    first, second = addresses.take(SUBNETS), addresses.take(SUBNETS)
    assert (first.ip, second.ip) == ("10.0.0.4", "10.0.1.4")
    addresses.give_back(first.ip)
    assert addresses.take(SUBNETS).ip == "10.0.0.5"


def test_a_subnet_without_free_addresses_is_told() -> None:
    addresses = Addresses()
    taken = {addresses.take(SUBNETS[:1]).ip for _ in range(11)}
    assert (len(taken), max(taken)) == (11, "10.0.0.9")
    with pytest.raises(LookupError, match="no free address in a"):
        addresses.take(SUBNETS[:1])


def test_a_task_whose_subnet_is_unknown_has_an_address_of_no_vpc() -> None:
    found = Addresses().take(())
    assert (found.subnet, found.ip.rpartition(".")[0]) == ("", UNKNOWN_SUBNET[1].rpartition(".")[0])


@pytest.mark.parametrize("wanted", ["", "0", "root", "0:0"])
def test_no_user_or_root_is_who_the_engine_is(wanted: str) -> None:
    assert account_of(wanted, ()) == (None, "")


def test_a_user_by_name_is_noted() -> None:
    account, note = account_of("app", ())
    assert account is None
    assert "app has no number" in note


def test_a_user_is_had_by_root_alone_and_where_files_can_be_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "can't become user 10001" in account_of("10001:10001", ())[1]
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert account_of("10001", (Path("/usr"),)) == (Account(10001, 10001), "")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "inside").mkdir()
    assert account_of("10001:7", (closed / "inside",))[0] is None


def _variables(tmp_path: Path, *, credentials: str = "", **task: str) -> dict[str, str]:
    tree = tmp_path / "root"
    (tree / "app" / "bin").mkdir(parents=True)
    environment = (("PATH", "/app/bin:/venv/bin:$PATH"), ("PYTHONPATH", "/app:/gone"), ("PORT", "80"))
    image = StoredImage("", "", tree, ImageSettings(environment=environment), Path("/venv-here/bin/python"), ())
    around = Surroundings({8080: 5555}, credentials, "http://127.0.0.1:1", None, tmp_path, "ip-10-0-0-4")
    return environment_of(image, task, around)


def test_paths_of_the_image_are_those_of_its_tree_and_python_comes_first(tmp_path: Path) -> None:
    variables = _variables(tmp_path)
    tree = tmp_path / "root"
    assert variables["PYTHONPATH"] == f"{tree}/app:/gone"
    assert variables["PATH"].split(":")[:2] == ["/venv-here/bin", f"{tree}/app/bin"]
    assert "/venv/bin" not in variables["PATH"].split(":")
    assert "/usr/bin" in variables["PATH"].split(":")


def test_a_port_of_the_definition_is_replaced_and_another_is_not(tmp_path: Path) -> None:
    assert _variables(tmp_path, PORT="8080")["PORT"] == "5555"


def test_another_port_stays(tmp_path: Path) -> None:
    assert _variables(tmp_path)["PORT"] == "80"


def test_the_tasks_variables_win_and_paths_in_them_are_left_alone(tmp_path: Path) -> None:
    variables = _variables(tmp_path, PYTHONPATH="/app", SSL_CERT_FILE="/app/own.pem")
    assert (variables["PYTHONPATH"], variables["SSL_CERT_FILE"]) == ("/app", "/app/own.pem")


def test_nothing_but_loopback_is_asked_without_the_gateway(tmp_path: Path) -> None:
    variables = _variables(tmp_path, AWS_ENDPOINT_URL="https://elsewhere")
    proxies = {variables[name] for name in ("AWS_ENDPOINT_URL", "HTTP_PROXY", "https_proxy")}
    assert proxies == {"http://127.0.0.1:1"}
    assert (variables["NO_PROXY"], variables["SITECHAT_BIND_ADDRESS"]) == ("127.0.0.1,localhost", "127.0.0.1")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("https://xray.us-east-1.amazonaws.com/v1/traces", "http://127.0.0.1:1/v1/traces"),
        ("https://xray.eu-west-1.amazonaws.com/v1/other", "http://127.0.0.1:1/v1/other"),
        ("https://collector.example/v1/traces", "https://collector.example/v1/traces"),
        (
            "https://xray.us-east-1.amazonaws.com.example/v1/traces",
            "https://xray.us-east-1.amazonaws.com.example/v1/traces",
        ),
        ("http://xray.us-east-1.amazonaws.com/v1/traces", "http://xray.us-east-1.amazonaws.com/v1/traces"),
    ],
)
def test_spans_for_x_ray_go_to_the_gateway_and_others_are_left_alone(tmp_path: Path, value: str, read: str) -> None:
    name = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
    variables = _variables(tmp_path, **{name: value})
    assert variables[name] == read
    assert sends_spans(variables) is (read != value)


def test_without_the_address_of_x_ray_no_spans_are_sent(tmp_path: Path) -> None:
    variables = _variables(tmp_path)
    assert "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" not in variables
    assert not sends_spans(variables)


def _health(results: str, **settings: float) -> list[str]:
    """States after each check, whose results are + and -."""
    states: list[str] = []
    left = list(results)

    async def check() -> bool:
        states.append(watch.state)
        if not left:
            raise asyncio.CancelledError
        return left.pop(0) == "+"

    watch = HealthWatch(HealthCheck(("true",), 1, retries=2, **settings), Clock(1000), check)

    async def run() -> None:
        await asyncio.gather(watch.run(), return_exceptions=True)

    asyncio.run(run())
    return [*states[1:], *([watch.state] if not left and watch.state == "UNHEALTHY" else [])]


def test_a_container_is_unhealthy_after_as_many_failures_as_retries() -> None:
    assert _health("+-+--") == ["HEALTHY", "HEALTHY", "HEALTHY", "HEALTHY", "UNHEALTHY"]


def test_failures_of_the_start_period_do_not_count() -> None:
    assert "UNHEALTHY" not in _health("-----", start_period=10_000)
    assert _health("--") == ["UNKNOWN", "UNHEALTHY"]


def test_a_long_line_is_divided_and_one_without_an_end_is_kept() -> None:
    async def read() -> list[bytes]:
        log, stream = Log(), asyncio.StreamReader()
        stream.feed_data(b"x" * (LONGEST_LINE + 5) + b"\nlast")
        stream.feed_eof()
        await log.read(stream, OUTPUT)
        log.end()
        return [frame async for frame in log.frames((OUTPUT, ERRORS), follow=True)]

    frames = asyncio.run(read())
    assert [len(frame) - 8 for frame in frames] == [LONGEST_LINE, 6, 4]
    assert frames[-1] == b"\x01\0\0\0\0\0\0\x04last"
